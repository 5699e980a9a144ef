// The chat of this bot for any web page. It is put together by the bot itself: docs/widget.md tells how
// a page includes it, and what it stores.

const asked = document.currentScript.dataset;
const API = new URL(".", document.currentScript.src).href;
const SETUP = {
  ...GIVEN,
  label: asked.label || "",
  remember: "remember" in asked,
  privacy: asked.privacy ? [{ url: asked.privacy }] : [],
};
const LANGUAGE = [asked.language, document.documentElement.lang, navigator.language, SETUP.language]
  .map((each) => (each || "").trim().replaceAll("_", "-"))
  .find((each) => /^[a-z]{2,8}(-[a-z0-9]{1,8}){0,4}$/i.test(each));
const SPOKEN = spokenIn(LANGUAGE);
const TEXTS = SETUP.languages[SPOKEN];
SETUP.title = asked.title || TEXTS.chat_title;
SETUP.privacy.forEach((each) => (each.text = TEXTS.chat_privacy));

/** The language of the chat's own sentences that is nearest to one. */
function spokenIn(language) {
  const wanted = language.toLowerCase();
  const isTraditional = /^zh-(hant\b|tw$|hk$|mo$)/.test(wanted);
  const near = [wanted, isTraditional ? "zh-hant" : "", wanted.split("-")[0], SETUP.language];
  return near.find((each) => each in SETUP.languages);
}

/** Black or white, whichever is read better on a colour. */
function readOn(host, colour) {
  host.style.color = colour;
  const parts = getComputedStyle(host).color.match(/^rgba?\((\d+), (\d+), (\d+)/);
  host.style.color = "";
  if (!parts) return null;
  const [red, green, blue] = parts.slice(1).map((each) => {
    const share = each / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000000" : "#ffffff";
}

/** Put the chat on the page. */
function begin() {
  if (document.querySelector("faq-chat")) return; // the line stands there twice
  const host = document.createElement("faq-chat");
  const isDark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    const isWanted = asked.theme === "light" || asked.theme === "dark";
    host.dataset.theme = isWanted ? asked.theme : isDark.matches ? "dark" : "light";
  };
  isDark.addEventListener("change", paint);
  paint();
  host.dir = asked.dir || getComputedStyle(document.documentElement).direction;
  if (asked.side) host.dataset.side = asked.side;
  document.body.append(host);
  const on = asked.color ? readOn(host, asked.color) : null;
  if (on) {
    host.style.setProperty("--accent", asked.color);
    host.style.setProperty("--on-accent", on);
  }
  const chat = new Chat(host);
  host.open = (question) => {
    chat.open();
    if (question) chat.say(String(question));
  };
  host.close = () => chat.close();
  document.addEventListener("click", (event) => {
    if (!event.target.closest || !event.target.closest('a[href="#faq-chat"]')) return;
    event.preventDefault();
    chat.open();
  });
}

if (document.body) begin();
else addEventListener("DOMContentLoaded", begin);
