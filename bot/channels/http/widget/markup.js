// What is shown of an answer: built of elements and text, never of HTML that somebody wrote.

const LEADS_TO = ["https:", "http:", "mailto:", "tel:"];
const ADDRESS = /https?:\/\/[^\s<>"“”]+[^\s<>"“”.,;:!?)\]}'’，。；：！？）】」]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
const TAGS = ["strong", "em", "s", "code", "pre", "blockquote", "a"];
const TOKEN = /<(\/?)([a-z]+)(?: href="([^"]*)")?>|([^<]+)/g;
const CHARACTERS = { amp: "&", lt: "<", gt: ">", quot: '"', "#x27": "'" };

/** An element. Of `how`, functions listen ("onclick"), all else are attributes; null is left out. */
function make(tag, how, ...inside) {
  const it = document.createElement(tag);
  for (const [name, value] of Object.entries(how || {})) {
    if (typeof value === "function") it.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) it.setAttribute(name, value === true ? "" : value);
  }
  it.append(...inside.filter((each) => each !== null && each !== undefined));
  return it;
}

/** A picture of one path, 24 units wide and high, beside words that say the same. */
function icon(path) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS(space, "path"));
  svg.firstChild.setAttribute("d", path);
  return svg;
}

/** Where an address leads, of the bot's own server too; null where a page should not lead there. */
function leadsTo(address) {
  try {
    const url = new URL(address.startsWith("/") ? `.${address}` : address, API);
    return LEADS_TO.includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A link that leaves the page as it is; only its words where the address is none to follow. */
function link(address, ...inside) {
  const href = leadsTo(address);
  if (href === null) return make("span", null, ...inside);
  const isPage = href.startsWith("http");
  return make("a", { href, rel: "noopener noreferrer", target: isPage ? "_blank" : null }, ...inside);
}

/** Text in which addresses can be followed. */
function linked(text) {
  const nodes = [];
  let done = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const address = found[0];
    nodes.push(text.slice(done, found.index));
    nodes.push(link(address.includes("://") ? address : `mailto:${address}`, address));
    done = found.index + address.length;
  }
  return [...nodes, text.slice(done)];
}

function unescaped(text) {
  return text.replace(/&(amp|lt|gt|quot|#x27);/g, (_, name) => CHARACTERS[name]);
}

/** HTML of the bot's answers → nodes; it has the tags above, and every other one is left out. */
function formatted(html) {
  const root = make("div");
  let inside = root;
  for (const [, end, tag, href, text] of html.matchAll(TOKEN)) {
    if (text !== undefined) {
      const told = unescaped(text);
      inside.append(...(inside.closest("a, code") ? [told] : linked(told)));
    } else if (tag === "br") {
      continue; // the end of the line stands behind it, and is shown
    } else if (end) {
      if (inside !== root) inside = inside.parentNode;
    } else if (TAGS.includes(tag)) {
      const node = tag === "a" ? link(unescaped(href || "")) : make(tag);
      inside.append(node);
      inside = node;
    }
  }
  return [...root.childNodes];
}

/** What goes with an answer: a picture to look at, or a link to any other file. */
function attached(file) {
  const isPicture = file.kind === "photo";
  const name = file.caption || file.name || (isPicture ? TEXTS.chat_picture : TEXTS.chat_file);
  const asLink = () => make("p", { class: "file", dir: "auto" }, link(file.url, name));
  const href = leadsTo(file.url);
  if (!isPicture || href === null) return asLink();
  const picture = make("img", { src: href, alt: file.caption || TEXTS.chat_picture, loading: "lazy", referrerpolicy: "no-referrer" });
  const caption = file.caption ? make("figcaption", { dir: "auto" }, file.caption) : null;
  const shown = make("figure", null, link(file.url, picture), caption);
  picture.addEventListener("error", () => shown.replaceWith(asLink()));
  return shown;
}
