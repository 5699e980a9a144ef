// The conversation: what was said, what is on its way, and what comes from people.

const EMPTY = {
  conversation: null,
  items: [],
  pending: null,
  team: null, // "waiting" or "talking", while people are spoken with
  mayHear: false, // the team knows of the conversation, and may say something
  heard: 0, // the last of what it said
  isOpen: false,
};
const NEAR_S = 0.4; // an answer that is there at once needs no dots
const WAIT_S = 20; // that the bot keeps a request for what people say

/** Something that no other request is called, whatever page it comes from. */
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((each) => each.toString(16).padStart(2, "0")).join("");
}

/** What is shown of a reply. */
function itemOf(reply, decision) {
  return {
    from: "bot",
    text: reply.text,
    html: reply.html,
    choices: reply.choices,
    noneOfThese: reply.none_of_these,
    notThis: reply.not_this,
    related: reply.related,
    links: reply.links,
    topics: reply.topics,
    files: reply.attachments,
    offers: reply.ask_person ? ["person"] : [],
    canJudge: Boolean(reply.feedback && decision),
    decision,
  };
}

class Chat {
  constructor(host) {
    this.memory = new Memory(SETUP.remember);
    this.state = { ...structuredClone(EMPTY), ...this.memory.read() };
    this.pause = new Pause();
    this.nodes = new Map(); // by item
    this.view = new View(host, this);
    this.memory.onchange((state) => this.#changed(state));
    addEventListener("online", () => this.pause.end());
    this.#redraw();
    this.#listen();
    if (this.state.isOpen && !matchMedia(SMALL).matches) this.open(false);
    if (this.state.pending) this.#deliver();
  }

  // --- what a person does ---

  open(takesFocus = true) {
    if (this.view.isOpen) return;
    this.view.open(takesFocus);
    this.view.unread(false);
    this.state.isOpen = true;
    this.#keep();
    if (!this.known) this.#offerTopics();
  }

  close() {
    this.view.close();
    this.state.isOpen = false;
    this.#keep();
  }

  /** Ask, or tell the people who are spoken with; false where something is still on its way. */
  say(text) {
    return this.#send(text, "v1/ask", { text, conversation: this.state.conversation });
  }

  /** Choose of what a reply offers; null: none of it. */
  choose(item, choice, none = "") {
    this.#send(choice ? choice.label : none, "v1/choose", {
      conversation: this.state.conversation,
      choice: choice && choice.id,
    });
  }

  /** The questions of a topic; they are known already. */
  topic(name) {
    const found = (this.known || []).find((each) => each.name === name);
    const text = found ? TEXTS.topic.replace("{topic}", name) : TEXTS.gone;
    this.#add({ from: "me", text: name });
    this.#add({ from: "bot", text, questions: found ? found.questions : [], offers: ["topics"] });
    this.view.rest();
  }

  topics() {
    this.#add({ from: "me", text: TEXTS.all_topics });
    this.#add({ from: "bot", text: TEXTS.topics, topics: (this.known || []).map((each) => each.name) });
    this.view.rest();
  }

  /** Ask for a person. */
  person() {
    this.#send(TEXTS.ask_person, "v1/person", { conversation: this.state.conversation });
  }

  /** No longer speak with people; what is said to that comes as their words do. */
  endTalk() {
    const { conversation } = this.state;
    return this.#quietly(async () => {
      await call("v1/close", { conversation });
      this.view.rest();
    });
  }

  again(item) {
    if (this.state.pending) return;
    item.unsent = null;
    this.#update(item);
    this.state.pending = item.request;
    this.#deliver();
  }

  /** Say whether an answer helped; the other way, where that was pressed before. */
  async judge(item, helpful) {
    if (item.helpful === helpful) return;
    item.helpful = helpful;
    this.#update(item);
    const { conversation } = this.state;
    await this.#quietly(async () => {
      const regret = await call("v1/feedback", { conversation, decision: item.decision, helpful });
      if (regret) this.#add(itemOf(regret.reply, null));
      else if (helpful) this.#add({ from: "note", text: TEXTS.feedback_thanks });
    });
  }

  privacy() {
    return this.#quietly(async () => {
      const told = await call(`v1/privacy?language=${encodeURIComponent(LANGUAGE)}`);
      const browser = SETUP.remember ? TEXTS.chat_browser_days : TEXTS.chat_browser;
      this.#add({ from: "note", text: `${told.text}\n\n${browser}`, links: SETUP.privacy, offers: ["data", "erase"] });
    });
  }

  data() {
    return this.#quietly(async () => {
      const { conversation } = this.state;
      const told = conversation && (await call(`v1/mydata?conversation=${conversation}`));
      this.#add({ from: "note", text: told ? told.text : TEXTS.mydata_nothing, offers: ["erase"] });
    });
  }

  erase() {
    return this.#quietly(async () => {
      const { conversation } = this.state;
      if (conversation) await call("v1/forget", { conversation });
      this.state = { ...structuredClone(EMPTY), isOpen: true };
      this.memory.erase();
      this.#redraw();
      this.#listen();
      this.#add({ from: "note", text: TEXTS.forgotten, isOver: true });
      this.view.rest();
    });
  }

  // --- what is on its way ---

  #send(words, path, body) {
    if (this.state.pending) return false;
    const request = { path, body: { ...body, language: LANGUAGE }, key: newKey() };
    const item = { from: "me", text: words, request };
    this.#add(item);
    this.state.pending = request;
    this.#keep();
    this.view.rest();
    this.#deliver();
    return true;
  }

  /** Bring what is on its way to the bot: again, while it is away, and as the same message. */
  async #deliver() {
    const { pending } = this.state;
    const item = this.state.items.find((each) => each.request && each.request.key === pending.key) || {};
    this.view.busy(true);
    try {
      const answer = await this.#asked(pending, item);
      item.request = item.unsent = null;
      this.#update(item);
      this.#answered(answer);
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      console.error(`The chat could not send a message: ${failure.status} ${failure.message}`);
      item.unsent = "failed";
      this.#update(item);
      if (!failure.isAway) this.#add({ from: "bot", text: TEXTS.trouble });
    } finally {
      this.view.troubled("");
      this.state.pending = null;
      this.view.busy(false);
      this.#keep();
    }
  }

  /** What comes of a request; tried again while the bot is away or asks to wait. */
  async #asked(request, item) {
    for (const pauseS of [...PAUSES_S, null]) {
      const dots = setTimeout(() => this.view.waits(TEXTS.chat_thinking), 1_000 * NEAR_S);
      try {
        return await call(request.path, request.body, request.key);
      } catch (failure) {
        if (!(failure.isAway || failure.isTooMuch) || pauseS === null) throw failure;
        item.unsent = "waiting";
        this.#update(item);
        const waitS = Math.max(failure.waitS || 0, pauseS);
        const told = TEXTS.chat_slow_down.replace("{seconds}", String(Math.ceil(waitS)));
        if (failure.isTooMuch) this.view.troubled(told);
        else this.view.troubled(TEXTS.chat_away, TEXTS.chat_try_now, () => this.pause.end());
        this.#pausing(dots);
        await this.pause.last(waitS);
      } finally {
        this.#pausing(dots);
      }
    }
  }

  #pausing(dots) {
    clearTimeout(dots);
    this.view.waits("");
  }

  #answered(answer) {
    this.state.conversation = answer.conversation;
    this.state.team = answer.team;
    this.state.mayHear = this.state.mayHear || Boolean(answer.team || answer.reply.ask_person);
    if (answer.reply.text) this.#add(itemOf(answer.reply, answer.decision));
    this.#listen();
  }

  /** Do something beside the conversation; a failure is told and changes nothing. */
  async #quietly(does) {
    try {
      await does();
      this.view.troubled("");
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      console.error(`The chat could not do that: ${failure.status} ${failure.message}`);
      this.view.troubled(TEXTS.trouble, TEXTS.chat_again, () => this.#quietly(does));
    }
  }

  // --- what comes from people ---

  /** Hear what people say, where they may; a page listens once. */
  async #listen() {
    const { state } = this;
    this.view.talking(Boolean(state.team));
    if (this.isListening || !SETUP.team) return;
    this.isListening = true;
    for (let failures = 0; this.state.mayHear; ) {
      const { conversation, heard } = this.state;
      try {
        const told = await call(`v1/messages?conversation=${conversation}&after=${heard}&wait=${WAIT_S}`);
        if (conversation !== this.state.conversation) continue; // it was erased meanwhile
        if (failures) this.view.troubled("");
        failures = 0;
        this.#heard(told);
      } catch (failure) {
        if (!(failure instanceof Failure)) throw failure;
        if (failure.status === 404) this.state.mayHear = false;
        else await this.#unheard(failure, failures++);
      }
    }
    this.isListening = false;
  }

  async #unheard(failure, before) {
    if (this.state.team && !this.state.pending && failure.isAway) {
      this.view.troubled(TEXTS.chat_away, TEXTS.chat_try_now, () => this.pause.end());
    }
    const pauseS = PAUSES_S[Math.min(before, PAUSES_S.length - 1)];
    await this.pause.last(Math.max(failure.waitS || 0, pauseS));
  }

  #heard({ messages, team }) {
    for (const each of messages) {
      this.state.heard = each.id;
      const before = this.state.items.find((item) => item.message === each.message);
      if (before) this.#drop(before);
      if (!each.reply) continue;
      const from = each.from_team ? "team" : "bot";
      this.#add({ ...itemOf(each.reply, each.decision), from, message: each.message, canJudge: each.asks_if_helped });
      if (!this.view.isOpen) this.view.unread(true);
    }
    this.state.team = team;
    this.view.talking(Boolean(team));
    this.#keep();
  }

  // --- what is shown and kept ---

  #add(item) {
    if (item.from === "me") this.#end();
    this.state.items.push(item);
    this.nodes.set(item, this.view.draw(item));
    this.#keep();
  }

  /** Nothing more is chosen from what was offered before. */
  #end() {
    for (const item of [this.greeting, ...this.state.items].filter((each) => !each.isOver)) {
      item.isOver = true;
      this.#update(item);
    }
  }

  #drop(item) {
    this.state.items.splice(this.state.items.indexOf(item), 1);
    const node = this.nodes.get(item);
    if (node) node.remove();
    this.nodes.delete(item);
  }

  #update(item) {
    const node = this.nodes.get(item);
    if (node) this.view.refresh(node, item);
    this.#keep();
  }

  #keep() {
    this.memory.write(this.state);
  }

  /** Another tab has gone on with the conversation. */
  #changed(state) {
    this.state = { ...structuredClone(EMPTY), ...state, isOpen: this.state.isOpen };
    this.#redraw();
    this.#listen();
  }

  #redraw() {
    this.view.clear();
    this.nodes.clear();
    this.greeting = { from: "bot", text: TEXTS.welcome };
    for (const item of [this.greeting, ...this.state.items]) this.nodes.set(item, this.view.draw(item));
    if (this.known) this.#offerTopics();
  }

  /** The topics to begin with, under the greeting; without the server there are none. */
  async #offerTopics() {
    try {
      this.known = this.known || (await call(`v1/topics?language=${encodeURIComponent(LANGUAGE)}`)).topics;
    } catch (failure) {
      return;
    }
    const hasBegun = this.state.items.some((each) => each.from === "me");
    if (this.known.length && !hasBegun) this.view.offer(this.nodes.get(this.greeting), this.known.map((each) => each.name));
  }
}
