// The chat as a person sees it: it draws what `chat.js` knows, and tells it what is pressed.

const ICONS = {
  chat: "M4 3h16a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2h-8.6L6 22.2V18H4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zm3 5v2h10V8zm0 4v2h7v-2z",
  close: "M6.4 5 12 10.6 17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6 10.6 12 5 6.4z",
  send: "M3 20.5v-6.8L12 12 3 10.3V3.5L22 12z",
  up: "M2 10h4v11H2zm6 11V10l5-8a2 2 0 0 1 2 2v5h6a2 2 0 0 1 2 2.3l-1.3 8A2 2 0 0 1 19.7 21z",
  down: "M2 3h4v11H2zm6 0v11l5 8a2 2 0 0 0 2-2v-5h6a2 2 0 0 0 2-2.3l-1.3-8A2 2 0 0 0 19.7 3z",
};
const NEAR_PX = 80;
const GAP_PX = 12;
const SMALL = "(max-width: 30em), (max-height: 30em)";
const TOUCHED = "(pointer: coarse)";

class View {
  /**
   * @param host the element that the chat stands in
   * @param does what `chat.js` does when something is pressed or written
   */
  constructor(host, does) {
    this.does = does;
    this.host = host;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    const shadow = host.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(this.#build());
    this.shadow = shadow;
    matchMedia(SMALL).addEventListener("change", () => this.isOpen && this.#show());
    if (window.visualViewport) visualViewport.addEventListener("resize", () => this.#fit());
  }

  get isOpen() {
    return this.dialog.open;
  }

  #build() {
    const button = (name, does, ...inside) =>
      make("button", { class: name, type: "button", onclick: does }, ...inside);
    const named = (name, text, does, picture) => {
      const it = button(name, does, icon(ICONS[picture]), make("span", { class: "unseen" }, text));
      it.title = text;
      return it;
    };
    const words = SETUP.label || TEXTS.chat_open;
    this.news = make("span", { class: "news", hidden: true });
    this.launcher = button("launcher", () => this.does.open(), icon(ICONS.chat), this.news);
    this.launcher.append(make("span", { class: SETUP.label ? null : "unseen" }, words));
    this.launcher.setAttribute("aria-haspopup", "dialog");
    this.heard = make("p", { class: "unseen", role: "status" });
    this.log = make("div", { class: "log", role: "log", tabindex: "0", "aria-label": TEXTS.chat_log });
    this.trouble = make("div", { class: "trouble", role: "status", hidden: true });
    this.talk = make(
      "div", { class: "talk", hidden: true }, make("span", { dir: "auto" }, TEXTS.chat_with_team),
      button("plain", () => this.does.endTalk(), TEXTS.chat_end_talk),
    );
    this.input = make("textarea", {
      id: "write", rows: "1", maxlength: String(SETUP.longest), enterkeyhint: "send", dir: "auto",
      autocomplete: "off", onkeydown: (event) => this.#typed(event), oninput: () => this.#measure(),
    });
    this.label = make("label", { class: "unseen", for: "write" });
    this.send = named("send", TEXTS.chat_send, null, "send");
    this.send.type = "submit";
    const form = make("form", { onsubmit: (event) => this.#submitted(event) }, this.label, this.input, this.send);
    this.footer = make(
      "footer", null, button("plain", () => this.does.privacy(), TEXTS.chat_privacy),
      SETUP.team ? button("plain", () => this.does.person(), TEXTS.ask_person) : null,
    );
    if (SETUP.team) this.footer.lastChild.dataset.sends = "";
    this.dialog = make(
      "dialog", { "aria-labelledby": "title", onkeydown: (event) => this.#key(event), oncancel: (event) => this.#cancelled(event) },
      make("header", null, make("h2", { id: "title", dir: "auto" }, SETUP.title), named("plain", TEXTS.chat_close, () => this.does.close(), "close")),
      this.log, this.trouble, this.talk, form, this.footer,
    );
    return make("div", { class: "root", lang: SPOKEN }, this.launcher, this.dialog, this.heard);
  }

  // --- open and closed ---

  open(takesFocus) {
    this.launcher.hidden = true;
    this.#show();
    this.#measure();
    this.log.scrollTop = this.log.scrollHeight;
    if (takesFocus) this.rest();
  }

  close() {
    this.dialog.close();
    this.dialog.after(this.heard);
    this.launcher.hidden = false;
    this.launcher.focus();
  }

  /** Show it beside the page or, where there is no room for both, instead of it. */
  #show() {
    const within = this.shadow.activeElement;
    const isWhole = matchMedia(SMALL).matches;
    this.dialog.close();
    this.dialog.classList.toggle("whole", isWhole);
    if (isWhole) this.dialog.showModal();
    else this.dialog.open = true; // `show` would take the focus
    this.dialog.append(this.heard); // all else is silent beside a modal dialog
    this.#fit();
    if (within) within.focus();
  }

  #fit() {
    const seen = window.visualViewport;
    const isCovered = seen && this.dialog.classList.contains("whole") && seen.scale === 1;
    if (isCovered) this.dialog.style.setProperty("--seen", `${seen.height}px`);
    else this.dialog.style.removeProperty("--seen");
  }

  /** Put the focus where a person goes on: where they write, unless that brings up a keyboard. */
  rest() {
    (matchMedia(TOUCHED).matches ? this.log : this.input).focus({ preventScroll: true });
  }

  #cancelled(event) {
    event.preventDefault();
    this.does.close();
  }

  #key(event) {
    if (event.key === "Escape" && !event.isComposing) {
      event.preventDefault();
      this.does.close();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const all = step && event.target.matches(".choice") ? [...event.target.closest(".more").querySelectorAll(".choice:not(:disabled)")] : [];
    const next = all[all.indexOf(event.target) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  // --- what is written ---

  #typed(event) {
    const ends = event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
    if (ends) this.#submitted(event);
  }

  #submitted(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    if (!text || !this.does.say(text)) return;
    this.input.value = "";
    this.#measure();
  }

  /** As high as what is written, in browsers that do not see to it themselves. */
  #measure() {
    if (!CSS.supports("field-sizing", "content")) {
      this.input.style.height = "auto";
      this.input.style.height = `${this.input.scrollHeight + 2}px`;
    }
    this.#allow();
  }

  #allow() {
    this.send.setAttribute("aria-disabled", String(this.isBusy || !this.input.value.trim()));
  }

  // --- what is shown ---

  /** Say something to those who listen, and show it to nobody. */
  tell(text) {
    this.heard.textContent = text;
  }

  /** Whether something is on its way, and nothing else can be sent. */
  busy(isBusy) {
    this.isBusy = isBusy;
    this.#allow();
    for (const each of this.dialog.querySelectorAll("[data-sends]")) each.disabled = isBusy;
  }

  /** Three dots, while an answer is awaited or a person writes. */
  waits(told) {
    if (this.dots) this.dots.remove();
    this.dots = null;
    this.tell(told);
    if (!told) return;
    const dots = make("div", { class: "waiting", "aria-hidden": "true", title: told }, make("i"), make("i"), make("i"));
    this.dots = dots;
    this.#append(dots);
  }

  /** What keeps a message from arriving; "" where nothing does. */
  troubled(told, label, does) {
    this.#below(() => (this.trouble.hidden = !told));
    if (!told) return;
    const words = make("span", { dir: "auto" }, told);
    const button = label ? make("button", { class: "plain", type: "button", onclick: does }, label) : null;
    if (this.trouble.textContent !== told + (label || "")) this.trouble.replaceChildren(...[words, button].filter(Boolean));
  }

  /** Whether people are spoken with, and what is said of that. */
  talking(isTalking) {
    this.#below(() => (this.talk.hidden = !isTalking));
    const asks = isTalking ? TEXTS.chat_write_team : TEXTS.chat_write;
    this.label.textContent = this.input.placeholder = asks;
    if (this.footer.children[1]) this.footer.children[1].hidden = isTalking;
  }

  unread(isUnread) {
    this.news.hidden = !isUnread;
    this.launcher.setAttribute("aria-label", [isUnread && TEXTS.chat_new, SETUP.label || TEXTS.chat_open].filter(Boolean).join(" – "));
    if (isUnread) this.tell(TEXTS.chat_new);
  }

  clear() {
    this.log.replaceChildren();
    this.dots = null;
  }

  /** Change what stands below the conversation, whose end stays in sight where it is. */
  #below(changes) {
    const { log } = this;
    const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 2;
    changes();
    if (isAtEnd) log.scrollTop = log.scrollHeight;
  }

  /** Put something below what was said, and in sight, unless somebody is reading further up. */
  #append(node) {
    const { log } = this;
    const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_PX;
    log.insertBefore(node, this.dots === node ? null : this.dots);
    if (!isAtEnd && !node.matches(".me, .waiting")) return;
    // A long answer is read from its beginning, below the question.
    const question = node.previousElementSibling && node.previousElementSibling.matches(".me") ? node.previousElementSibling : node;
    log.scrollTop = Math.min(log.scrollHeight - log.clientHeight, question.offsetTop - log.offsetTop - GAP_PX);
  }

  /** One more of what was said. */
  draw(item) {
    const who = { me: TEXTS.chat_you, bot: TEXTS.chat_bot, team: TEXTS.chat_team, note: "" }[item.from];
    const said = item.html ? formatted(item.html) : linked(item.text);
    const node = make(
      "div", { class: `item ${item.from}` },
      who ? make("p", { class: "unseen" }, who) : null,
      make("div", { class: "said", dir: "auto" }, ...said),
      ...(item.files || []).map(attached),
      ...this.#under(item),
    );
    this.refresh(node, item);
    this.#append(node);
    return node;
  }

  /** What has become of it. Nothing is drawn anew, or it would be read out again. */
  refresh(node, item) {
    node.classList.toggle("unsent", Boolean(item.unsent));
    if (item.isOver) for (const each of node.querySelectorAll(".ends")) each.remove();
    for (const thumb of node.querySelectorAll("[data-helpful]")) {
      thumb.setAttribute("aria-pressed", String(String(item.helpful) === thumb.dataset.helpful));
    }
    const retry = node.querySelector(".retry");
    if (retry) retry.remove();
    if (item.unsent === "failed") node.append(this.#list(TEXTS.chat_not_sent, [[TEXTS.chat_again, () => this.does.again(item)]], "retry"));
  }

  /** What can be looked through, under a greeting that stands there already. */
  offer(node, topics) {
    node.append(this.#list("", topics.map((name) => [name, () => this.does.topic(name)]), "ends"));
  }

  /** The buttons and links under a reply. */
  #under(item) {
    const { does } = this;
    const under = [];
    const list = (pressed, how, title = "") => pressed.length && !(item.isOver && how.includes("ends")) && under.push(this.#list(title, pressed, how));
    const choices = (item.choices || []).map((each) => [each.label, () => does.choose(item, each)]);
    const none = item.noneOfThese || item.notThis;
    if (none) choices.push([none, () => does.choose(item, null, none)]);
    list(choices, "ends numbered");
    const links = (item.links || []).filter((each) => leadsTo(each.url));
    if (links.length) under.push(this.#links(links));
    list((item.related || []).map((each) => [each.label, () => does.choose(item, each)]), "", TEXTS.related);
    list((item.questions || []).map((each) => [each.label, () => does.choose(item, each)]), "");
    list((item.topics || []).map((name) => [name, () => does.topic(name)]), "ends");
    const offers = { data: TEXTS.chat_data, erase: TEXTS.chat_erase, topics: TEXTS.all_topics, person: TEXTS.ask_person };
    list((item.offers || []).map((name) => [offers[name], () => does[name](item)]), "ends");
    if (SETUP.feedback && item.canJudge) under.push(this.#thumbs(item));
    return under;
  }

  /** A list of buttons: what stands on each, and what it does. */
  #list(title, pressed, how) {
    const press = ([label, does]) => make("li", null, make(
      "button", { class: "choice", type: "button", "data-sends": true, disabled: this.isBusy, onclick: does },
      make("span", { dir: "auto" }, label),
    ));
    return make(
      "div", { class: `more ${how}` }, title ? make("p", { dir: "auto" }, title) : null,
      make("ul", { class: "choices", role: "list", "aria-label": title || TEXTS.chat_choices }, ...pressed.map(press)),
    );
  }

  #links(links) {
    const lines = links.map((each) => {
      const it = link(each.url, each.text);
      it.className = "choice";
      return make("li", null, it);
    });
    return make("div", { class: "more" }, make("ul", { class: "choices", role: "list" }, ...lines));
  }

  #thumbs(item) {
    const thumb = (isGood, told, picture) => {
      const it = make(
        "button", { class: "plain", type: "button", "data-helpful": String(isGood), onclick: () => this.does.judge(item, isGood) },
        icon(ICONS[picture]), make("span", { class: "unseen" }, told),
      );
      it.title = told;
      return it;
    };
    return make(
      "div", { class: "thumbs more", role: "group", "aria-label": TEXTS.did_it_help },
      thumb(true, TEXTS.chat_helped, "up"), thumb(false, TEXTS.chat_unhelped, "down"),
    );
  }
}
