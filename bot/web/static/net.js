// The wire: one session, messages out, messages in (a stream, with polling beside it until the stream proves alive).

const POLL_MS = 3000;
const SLOWEST_MS = 30000;
const SILENCE_MS = 40000; // The server's heartbeat comes every 15 s; two missed and the line is dead.
const ANSWER_MS = 20000;
const UPLOAD_MS = 180000;
const HIDDEN_MS = 300000; // A page nobody looks at for 5 minutes lets go of the line.

class Lost extends Error {} // 401: this token is no longer anybody's.
class Absent extends Error {} // 404: this server has no such conversation.

export class Net {
  #base;
  #hear;
  #token = "";
  #after = 0;
  #run = null;
  #alive = false;
  #sleepers = new Set();
  #hiding = 0;

  /** @param hear {message(m), caughtUp(), online(yes), lost(token), absent()}: what the conversation wants to know */
  constructor(base, hear) {
    this.#base = base;
    this.#hear = hear;
    window.addEventListener("online", () => this.wake());
    document.addEventListener("visibilitychange", () => this.#visibility());
  }

  get token() {
    return this.#token;
  }

  /** Opens a session. -> {token} | {status, retryAfter}; status 0 means the network. */
  async open(office) {
    try {
      const answer = await this.#fetch("/sessions", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(office ? { office } : {}),
      });
      if (!answer.ok) return { status: answer.status, retryAfter: retryAfter(answer) };
      return { token: (await answer.json()).token };
    } catch {
      return { status: 0, retryAfter: 0 };
    }
  }

  /** Sends one entry under its own id. -> {status, retryAfter}; status 0 means the network: send the same again. */
  async post(entry, file) {
    let body;
    const headers = {};
    if (file) {
      body = new FormData();
      body.append("id", entry.id);
      body.append("file", file, entry.file.name);
    } else {
      headers["Content-Type"] = "application/json";
      body = JSON.stringify(entry.tap ? { id: entry.id, tap: entry.tap } : { id: entry.id, text: entry.text });
    }
    try {
      const answer = await this.#fetch("/messages", { method: "POST", headers, body }, file ? UPLOAD_MS : ANSWER_MS);
      return { status: answer.status, retryAfter: retryAfter(answer) };
    } catch {
      return { status: 0, retryAfter: 0 };
    }
  }

  /** Ends a session on the server. True if the server said so. `keepalive` lets it finish though the page closes. */
  async end(token) {
    const headers = { Authorization: `Bearer ${token}` };
    for (let attempt = 0; attempt < 3; attempt += 1) {
      try {
        const answer = await this.#fetch("/end", { method: "POST", keepalive: true, headers });
        if (answer.ok || answer.status === 401 || answer.status === 404) return true;
      } catch {
        // Tried again below.
      }
      await new Promise((resolve) => setTimeout(resolve, 800 * (attempt + 1)));
    }
    return false;
  }

  /** A file of this conversation; its address alone opens nothing. */
  async file(url) {
    const answer = await fetch(url, { headers: this.#auth() });
    if (!answer.ok) throw new Error(`file: ${answer.status}`);
    return answer.blob();
  }

  /** True for addresses that want this conversation's token; it is never shown to any other. */
  owns(url) {
    const full = new URL(url, location.href);
    return full.origin === location.origin && full.pathname.startsWith(`${this.#base}/`);
  }

  /** Begins to listen with this token, for messages after number `after`. */
  listen(token, after = 0) {
    this.stop();
    this.#token = token;
    this.#after = after;
    this.#run = new AbortController();
    this.#polling(this.#run.signal);
  }

  stop() {
    this.#run?.abort();
    this.#run = null;
    this.#alive = false;
    this.wake();
  }

  /** Stops, and has no token any more. */
  forget() {
    this.stop();
    this.#token = "";
    this.#after = 0;
  }

  /** Ends every wait: something changed for the better. */
  wake() {
    for (const sleeper of [...this.#sleepers]) sleeper();
  }

  /** A pause that `wake` cuts short. */
  pause(milliseconds) {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#sleepers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#sleepers.add(done);
    });
  }

  #visibility() {
    clearTimeout(this.#hiding);
    if (document.hidden) {
      this.#hiding = setTimeout(() => this.#run && this.stop(), HIDDEN_MS);
    } else if (this.#token && !this.#run) {
      this.listen(this.#token, this.#after);
    } else {
      this.wake();
    }
  }

  async #streaming(signal) {
    let wait = 1000;
    while (!signal.aborted) {
      const began = Date.now();
      try {
        await this.#readStream(signal);
      } catch (problem) {
        if (problem instanceof Lost && !signal.aborted) return this.#lost();
      }
      if (signal.aborted) return;
      this.#alive = false;
      wait = Date.now() - began > 10000 ? 1000 : Math.min(wait * 2, SLOWEST_MS);
      await this.pause(wait * (0.7 + Math.random() * 0.6));
    }
  }

  async #readStream(signal) {
    const line = new AbortController();
    const drop = () => line.abort();
    signal.addEventListener("abort", drop);
    let watchdog = setTimeout(drop, SILENCE_MS);
    try {
      const answer = await fetch(`${this.#base}/stream?after=${this.#after}`, {
        headers: { ...this.#auth(), Accept: "text/event-stream", "Last-Event-ID": String(this.#after) },
        cache: "no-store",
        signal: line.signal,
      });
      if (answer.status === 401) throw new Lost();
      if (!answer.ok || !(answer.headers.get("Content-Type") ?? "").startsWith("text/event-stream")) {
        throw new Error(`stream: ${answer.status}`);
      }
      const reader = answer.body.getReader();
      const decoder = new TextDecoder();
      let rest = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(watchdog);
        watchdog = setTimeout(drop, SILENCE_MS);
        this.#alive = true;
        this.#hear.online(true);
        const events = (rest + decoder.decode(value, { stream: true })).split(/\r\n\r\n|\n\n|\r\r/);
        rest = events.pop();
        for (const event of events) this.#event(event);
      }
    } finally {
      clearTimeout(watchdog);
      signal.removeEventListener("abort", drop);
    }
  }

  #event(text) {
    const fields = text.split(/\r\n|\n|\r/);
    const kind = fields.find((field) => field.startsWith("event:"))?.slice(6).trim() ?? "message";
    const data = fields.filter((field) => field.startsWith("data:")).map((field) => field.slice(5).replace(/^ /, ""));
    if (kind === "message" && data.length) this.#take([JSON.parse(data.join("\n"))]);
  }

  /** The first poll brings the history; then the stream opens, and polling rests for as long as it lives. */
  async #polling(signal) {
    let wait = POLL_MS;
    let streaming = false;
    while (!signal.aborted) {
      if (!this.#alive) {
        try {
          await this.#poll(signal);
          wait = POLL_MS;
          if (!streaming && !signal.aborted) this.#streaming(signal);
          streaming = true;
        } catch (problem) {
          if (signal.aborted) return;
          if (problem instanceof Lost) return this.#lost();
          if (problem instanceof Absent) this.#hear.absent();
          this.#hear.online(false);
          wait = Math.min(wait * 1.6, SLOWEST_MS);
        }
      }
      if (!signal.aborted) await this.pause(this.#alive ? POLL_MS : wait);
    }
  }

  async #poll(signal) {
    const answer = await this.#fetch(`/messages?after=${this.#after}`, { cache: "no-store" });
    if (answer.status === 401) throw new Lost();
    if (answer.status === 404) throw new Absent();
    if (!answer.ok) throw new Error(`messages: ${answer.status}`);
    const { messages } = await answer.json();
    if (signal.aborted) return;
    this.#hear.online(true);
    this.#take(messages);
    this.#hear.caughtUp();
  }

  #take(messages) {
    for (const message of [...messages].sort((one, other) => one.n - other.n)) {
      this.#after = Math.max(this.#after, message.n);
      this.#hear.message(message);
    }
  }

  #lost() {
    const token = this.#token;
    this.stop();
    this.#hear.lost(token);
  }

  #auth() {
    return this.#token ? { Authorization: `Bearer ${this.#token}` } : {};
  }

  async #fetch(path, options = {}, patience = ANSWER_MS) {
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), patience);
    try {
      return await fetch(this.#base + path, {
        ...options,
        headers: { Accept: "application/json", ...this.#auth(), ...options.headers },
        signal: giveUp.signal,
      });
    } finally {
      clearTimeout(timer);
    }
  }
}

function retryAfter(answer) {
  const seconds = Number(answer.headers.get("Retry-After"));
  return Number.isFinite(seconds) ? seconds * 1000 : 0;
}
