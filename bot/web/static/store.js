// What this device remembers of one conversation: the token, the citizen's own messages, and those not sent yet.
// localStorage holds the text; IndexedDB holds a chosen file until the server has it. "Kết thúc" empties both.

const KEPT = 400;
const EMPTY = Object.freeze({ token: "", own: [], seen: {} });

export class Store {
  #key;
  #memory = null;

  /** @param {string} base the path of the conversation; each base has a memory of its own */
  constructor(base) {
    this.#key = `motcua:${base}`;
  }

  /** {token, own: [entry], seen: {n: milliseconds}}; an entry is {id, after, at, state, text|tap+label|file}. */
  read() {
    if (this.#memory) return this.#memory;
    try {
      return { ...EMPTY, ...JSON.parse(localStorage.getItem(this.#key) ?? "{}") };
    } catch {
      return { ...EMPTY };
    }
  }

  /** Reads, lets `edit` change, writes. Read anew each time: another tab may have written meanwhile. */
  change(edit) {
    const state = copyOf(this.read());
    edit(state);
    state.own = trimmed(state.own);
    const seen = Object.entries(state.seen);
    if (seen.length > KEPT) state.seen = Object.fromEntries(seen.slice(-KEPT));
    try {
      localStorage.setItem(this.#key, JSON.stringify(state));
      this.#memory = null;
    } catch {
      this.#memory = state; // Storage is closed or full: this page still works, only a reload forgets.
    }
    return state;
  }

  add(entry) {
    this.change((state) => state.own.push(entry));
  }

  patch(id, changes) {
    this.change((state) => {
      const entry = state.own.find((one) => one.id === id);
      if (entry) Object.assign(entry, changes);
    });
  }

  remove(id) {
    this.change((state) => {
      state.own = state.own.filter((one) => one.id !== id);
    });
  }

  /** The oldest message that still has to be sent. */
  next() {
    return this.read().own.find((entry) => entry.state === "queued");
  }

  /** A new conversation: what was sent belongs to the old one; what was not is carried over, a tap as its label. */
  startOver(token) {
    return this.change((state) => {
      state.token = token;
      state.seen = {};
      state.own = state.own
        .filter((entry) => entry.state === "queued")
        .map(({ tap, label, ...entry }) => ({ ...entry, after: 0, ...(tap ? { text: label } : { label }) }));
    });
  }

  async clear() {
    const ids = this.read().own.filter((entry) => entry.file).map((entry) => entry.id);
    this.#memory = null;
    try {
      localStorage.removeItem(this.#key);
    } catch {
      // Nothing was kept, so nothing is left.
    }
    await Promise.all(ids.map((id) => dropFile(id)));
  }

  /** Calls `listener` when another tab changed this conversation. */
  onOtherTab(listener) {
    window.addEventListener("storage", (event) => {
      if (event.key === this.#key || event.key === null) listener();
    });
  }
}

function copyOf(state) {
  return JSON.parse(JSON.stringify(state));
}

function trimmed(own) {
  if (own.length <= KEPT) return own;
  const spare = own.length - KEPT;
  return own.filter((entry, index) => index >= spare || entry.state === "queued");
}

const loose = new Map(); // Files of this page's life, for browsers without IndexedDB.

function table(mode) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("motcua-files", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("files");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const base = opening.result;
      const work = base.transaction("files", mode);
      work.oncomplete = () => base.close();
      resolve(work.objectStore("files"));
    };
  });
}

function finished(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export async function keepFile(id, file) {
  loose.set(id, file);
  try {
    await finished((await table("readwrite")).put(file, id));
  } catch {
    // Kept in `loose` only: sent as usual, lost by a reload.
  }
}

export async function keptFile(id) {
  if (loose.has(id)) return loose.get(id);
  try {
    return (await finished((await table("readonly")).get(id))) ?? null;
  } catch {
    return null;
  }
}

export async function dropFile(id) {
  loose.delete(id);
  try {
    await finished((await table("readwrite")).delete(id));
  } catch {
    // It was never written.
  }
}

/** A random id for a message. randomUUID exists on secure pages only; an office may try this over plain http. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
