// One conversation: joins memory, wire and view. The citizen's page and the demo's staff desk are both made of this.

import { Composer } from "./composer.js";
import { Net } from "./net.js";
import { Store, dropFile, keepFile, keptFile, newId } from "./store.js";
import { t } from "./strings.js";
import { View } from "./view.js";

const DOTS_AFTER_MS = 300;
const DOTS_AT_MOST_MS = 30000;
const OFFLINE_AFTER_MS = 2500; // A short gap is nobody's business.
const FIRST_RETRY_MS = 1000;
const SLOWEST_RETRY_MS = 30000;
const REASONS = { 413: "page-too-large", 415: "page-wrong-type" };
const DEFAULTS = {
  base: "/chat",
  eager: false,
  office: "",
  ownName: "page-you",
  firstWord: () => "",
  onHeard: () => {},
  onAbsent: () => {},
};

export class Chat {
  #store;
  #net;
  #view;
  #composer;
  #options;
  #shown = new Set();
  #flushing = false;
  #opening = null;
  #renewals = 0;
  #dots = 0;
  #dotsEnd = 0;
  #offline = 0;

  /**
   * @param {HTMLElement} root holds the marked parts (see chat.html)
   * @param {{base?: string, eager?: boolean, office?: string, ownName?: string, firstWord?: () => string,
   *   onHeard?: (m) => void, onAbsent?: () => void}} options
   *   base: path of the endpoints; eager: open a session at once instead of with the first message;
   *   ownName: key of the name that is read aloud before one's own messages; firstWord: what a new session has to
   *   be told first ("" for nothing); onHeard: a message arrived; onAbsent: the server has no such endpoints
   */
  constructor(root, options = {}) {
    this.#options = { ...DEFAULTS, ...options };
    this.#store = new Store(this.#options.base);
    this.#net = new Net(this.#options.base, {
      message: (message) => this.#heard(message),
      caughtUp: () => this.#settled(),
      online: (yes) => this.#online(yes),
      lost: (token) => this.#lost(token),
      absent: () => this.#options.onAbsent(),
    });
    this.#view = new View(root, {
      tap: (message, choice) => this.tap(choice),
      drop: (id) => this.#drop(id),
      load: (file) => (this.#net.owns(file.url) ? () => this.#net.file(file.url) : null),
      ownFile: (id) => keptFile(id),
      ownName: this.#options.ownName,
    });
    this.#composer = new Composer(root, {
      say: (text, label) => this.say(text, label),
      attach: (file) => this.attach(file),
      toast: (text) => this.#view.toast(text),
    });
    this.#store.onOtherTab(() => this.#otherTab());
  }

  get composer() {
    return this.#composer;
  }

  /** Shows what this device remembers, begins to listen, and sends what was left unsent. */
  async start() {
    const { token, own } = this.#store.read();
    this.#view.quiet = true;
    for (const entry of own) this.#view.showOwn(entry);
    if (token) this.#net.listen(token);
    else this.#view.quiet = false;
    for (let wait = FIRST_RETRY_MS; this.#options.eager && !this.#net.token; wait = Math.min(wait * 2, SLOWEST_RETRY_MS)) {
      const status = await this.#open();
      if (status === 404) return;
      if (status !== 200) await this.#net.pause(wait);
    }
    this.#flush();
  }

  /** Sends a text; `label` is what the reader sees of it, if that differs. */
  say(text, label) {
    return this.#send({ text, ...(label && label !== text ? { label } : {}) });
  }

  tap(choice) {
    return this.#send({ tap: choice.tap, label: choice.label });
  }

  async attach(file) {
    const id = newId();
    await keepFile(id, file);
    return this.#send({ file: { name: file.name, type: file.type, size: file.size } }, id);
  }

  /** Ends the conversation and forgets it here. -> true if the server confirmed. */
  async end() {
    const token = this.#net.token;
    this.#net.forget();
    await this.#store.clear();
    this.#blank();
    return !token || this.#net.end(token);
  }

  #send(what, id = newId()) {
    const after = Math.max(0, ...this.#shown);
    const entry = { id, after, at: Date.now(), state: "queued", ...what };
    this.#store.add(entry);
    this.#view.showOwn(entry);
    this.#awaitReply();
    return this.#flush();
  }

  /** One message at a time, oldest first, each until the server has it: the order is the conversation. */
  async #flush() {
    if (this.#flushing) return;
    this.#flushing = true;
    let wait = FIRST_RETRY_MS;
    let retried = false;
    try {
      for (let entry = this.#store.next(); entry; entry = this.#store.next()) {
        const again = await this.#deliver(entry);
        if (again === 0) {
          if (retried) this.#awaitReply();
          retried = false;
          wait = FIRST_RETRY_MS;
          continue;
        }
        retried = true;
        this.#stopDots();
        this.#view.setState(entry.id, "retrying");
        await this.#net.pause(Math.max(again, wait * (0.8 + Math.random() * 0.4)));
        wait = Math.min(wait * 2, SLOWEST_RETRY_MS);
      }
    } finally {
      this.#flushing = false;
    }
  }

  /** -> 0 when this entry is settled, else the least milliseconds to wait before trying again. */
  async #deliver(entry) {
    if (!this.#net.token && (await this.#open()) !== 200) return FIRST_RETRY_MS;
    const file = entry.file ? await keptFile(entry.id) : null;
    if (entry.file && !file) return this.#refuse(entry, "page-file-gone");
    const token = this.#net.token;
    const { status, retryAfter } = await this.#net.post(entry, file);
    if (status >= 200 && status < 300) {
      this.#online(true);
      this.#store.patch(entry.id, { state: "sent" });
      this.#view.setState(entry.id, "sent");
      if (entry.file) dropFile(entry.id);
      return 0;
    }
    if (status === 401) {
      await this.#lost(token);
      return 0;
    }
    if (status === 0) this.#online(false);
    const passing = status === 0 || status === 408 || status === 425 || status === 429 || status >= 500;
    return passing ? retryAfter || 1 : this.#refuse(entry, REASONS[status] ?? "page-failed");
  }

  #refuse(entry, why) {
    this.#store.patch(entry.id, { state: "failed", why });
    this.#view.setState(entry.id, "failed", why);
    this.#stopDots();
    return 0;
  }

  /** Opens a session and listens. -> 200, or the status that stood in the way (0: the network). */
  #open() {
    this.#opening ??= this.#openOnce().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async #openOnce() {
    const { token, status } = await this.#net.open(this.#options.office);
    if (!token) {
      if (status === 404) this.#options.onAbsent();
      if (status === 429) this.#view.status(t("page-busy"));
      else this.#online(false);
      return status;
    }
    this.#view.status("");
    this.#adopt(token);
    const word = this.#options.firstWord();
    if (word && this.#store.next()?.text !== word) await this.#net.post({ id: newId(), text: word });
    return 200;
  }

  #adopt(token) {
    this.#store.change((state) => {
      state.token = token;
    });
    this.#shown.clear();
    this.#net.listen(token);
  }

  /** The server no longer knows this token: go on with a new session, and say so gently. */
  async #lost(token) {
    if (!token || token !== this.#net.token) return;
    this.#net.forget();
    const stored = this.#store.read().token;
    this.#view.quiet = false;
    this.#view.epoch += 1;
    if (stored && stored !== token) {
      this.#adopt(stored); // Another tab was quicker.
      return;
    }
    this.#store.startOver("");
    this.#shown.clear();
    this.#view.note(t("page-renewed"));
    this.#renewals += 1;
    if (this.#renewals > 2) await this.#net.pause(Math.min(1000 * 2 ** this.#renewals, SLOWEST_RETRY_MS));
    if (!this.#net.token) await this.#open();
    this.#flush();
  }

  #heard(message) {
    if (this.#shown.has(message.n)) return;
    this.#shown.add(message.n);
    const { seen } = this.#store.read();
    let at = message.at ? Date.parse(message.at) : seen[message.n];
    if (!at && !this.#view.isQuiet) {
      at = Date.now();
      this.#store.change((state) => {
        state.seen[message.n] = at;
      });
    }
    this.#renewals = 0;
    this.#stopDots();
    this.#view.showMessage(message, at);
    if (!this.#view.isQuiet) this.#options.onHeard(message);
  }

  #settled() {
    if (this.#view.isQuiet) this.#view.quiet = false;
  }

  #online(yes) {
    if (yes) {
      clearTimeout(this.#offline);
      this.#offline = 0;
      this.#view.status("");
    } else if (!this.#offline) {
      this.#offline = setTimeout(() => this.#view.status(t("page-offline")), OFFLINE_AFTER_MS);
    }
  }

  #awaitReply() {
    this.#stopDots();
    this.#dots = setTimeout(() => this.#view.typing(true), DOTS_AFTER_MS);
    this.#dotsEnd = setTimeout(() => this.#view.typing(false), DOTS_AT_MOST_MS);
  }

  #stopDots() {
    clearTimeout(this.#dots);
    clearTimeout(this.#dotsEnd);
    this.#view.typing(false);
  }

  #drop(id) {
    this.#store.remove(id);
    this.#view.removeOwn(id);
    dropFile(id);
  }

  #blank() {
    this.#stopDots();
    this.#shown.clear();
    this.#view.clear();
    this.#view.status("");
    this.#view.quiet = false;
  }

  /** Another tab wrote to this conversation: show what it sent, follow its session, or end with it. */
  #otherTab() {
    const { token, own } = this.#store.read();
    if (!token && this.#net.token) {
      this.#net.forget();
      this.#blank();
      return;
    }
    if (token && token !== this.#net.token) {
      this.#view.epoch += 1;
      this.#adopt(token);
    }
    for (const entry of own) this.#view.showOwn(entry);
  }
}
