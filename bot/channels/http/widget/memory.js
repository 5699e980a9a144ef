// What the browser keeps of a conversation, so that it is found again after a reload.

const MOST_ITEMS = 100;
const KEPT_MS = 7 * 24 * 3_600_000; // where it outlives the tab

class Memory {
  /** @param {boolean} isLong whether it is kept beyond the tab, for all tabs of this browser */
  constructor(isLong) {
    this.name = `faq-chat ${API}`;
    try {
      this.store = isLong ? localStorage : sessionStorage;
    } catch {
      this.store = null; // the browser keeps nothing for this page; the chat works until a reload
    }
  }

  /** What was kept; null where that is nothing, or too old. */
  read() {
    try {
      const found = JSON.parse(this.store.getItem(this.name));
      return found && Date.now() - found.at < KEPT_MS ? found : null;
    } catch {
      return null;
    }
  }

  write(state) {
    try {
      const items = state.items.slice(-MOST_ITEMS);
      this.store.setItem(this.name, JSON.stringify({ ...state, items, at: Date.now() }));
    } catch {
      // full or forbidden: as above
    }
  }

  erase() {
    try {
      this.store.removeItem(this.name);
    } catch {
      // as above
    }
  }

  /** Call back when another tab has changed what is kept. */
  onchange(does) {
    addEventListener("storage", (event) => {
      if (event.storageArea === this.store && event.key === this.name) does(this.read());
    });
  }
}
