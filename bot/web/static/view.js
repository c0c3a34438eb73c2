// What is seen: messages in order, choices, states. Knows nothing of the network; tells the conversation what was pressed.

import { fileCard } from "./files.js";
import { Scroll } from "./scroll.js";
import { shortTime, t } from "./strings.js";
import { writeText } from "./text.js";

const TOAST_MS = 2200;

export class View {
  #root;
  #part;
  #does;
  #items = []; // {key: [epoch, n, at], node, side, asks}, in the order shown
  #live = null; // The message whose choices look open.
  #own = new Map();
  #tapped = new Set();
  #scroll;
  #toastTimer = 0;
  #pressedAt = new Map();
  epoch = 0; // Counts the sessions seen by this page: message numbers begin anew with each.

  /** @param does {tap(message, choice), drop(id), load(file), ownFile(id), ownName} */
  constructor(root, does) {
    this.#root = root;
    this.#does = does;
    this.#part = Object.fromEntries([...root.querySelectorAll("[data-part]")].map((node) => [node.dataset.part, node]));
    this.#scroll = new Scroll(this.#part.log, this.#part.pill);
  }

  /** While history is written, nothing is read aloud and nothing moves. */
  set quiet(yes) {
    this.#part.log.setAttribute("aria-busy", String(yes));
    this.#part.log.setAttribute("aria-live", yes ? "off" : "polite");
    this.#root.classList.toggle("quiet", yes);
    if (yes) return;
    this.#refresh();
    if (this.#items.length) this.#scroll.jump();
  }

  get isQuiet() {
    return this.#root.classList.contains("quiet");
  }

  /** A message of the bot: {n, text, choices, file?}; `at` in milliseconds if known. */
  showMessage(message, at) {
    const node = this.#bubble("bot", "page-bot");
    const body = node.querySelector(".bubble");
    if (message.text) writeText(body, message.text, { strongFirst: true });
    if (message.file) body.append(this.#fileOf(message.file));
    body.append(this.#foot(at, message.text ? [this.#copyButton(message.text)] : []));
    const choices = message.choices ?? [];
    if (choices.length) node.append(this.#choices(message, choices));
    this.#place([this.epoch, message.n, 0], node, "bot");
    if (!this.isQuiet) this.#scroll.arrived(node);
  }

  /** A message of the reader; shown once per id, then only its state changes. */
  showOwn(entry) {
    if (this.#own.has(entry.id)) {
      this.setState(entry.id, entry.state, entry.why);
      return;
    }
    const node = this.#bubble("own", this.#does.ownName);
    const body = node.querySelector(".bubble");
    const words = entry.label ?? entry.text;
    if (words) writeText(body, words);
    if (entry.file) body.append(fileCard(entry.file, { load: entry.state === "queued" ? () => this.#does.ownFile(entry.id) : null }));
    const state = document.createElement("span");
    state.className = "state";
    body.append(this.#foot(entry.at, [state]));
    this.#own.set(entry.id, node);
    this.#place([this.epoch, entry.after, entry.at], node, "own");
    if (entry.tap) this.#markTapped(entry.tap);
    this.setState(entry.id, entry.state, entry.why);
    if (!this.isQuiet) this.#scroll.toEnd();
  }

  /** "queued" | "retrying" | "sent" | "failed" (then `why` is the key of the reason). */
  setState(id, state, why = "") {
    const node = this.#own.get(id);
    if (!node || node.dataset.state === state) return;
    node.dataset.state = state;
    const texts = { queued: t("page-sending"), retrying: t("page-retrying"), sent: t("page-sent"), failed: t(why || "page-failed") };
    node.querySelector(".state").textContent = texts[state];
    if (state !== "failed") return;
    const drop = document.createElement("button");
    drop.type = "button";
    drop.className = "quiet-button";
    drop.textContent = t("page-remove");
    drop.addEventListener("click", () => this.#does.drop(id));
    node.querySelector(".foot").append(drop);
  }

  removeOwn(id) {
    const node = this.#own.get(id);
    this.#own.delete(id);
    this.#items = this.#items.filter((item) => item.node !== node);
    node?.remove();
    this.#refresh();
  }

  /** A line from the page itself, between the messages. */
  note(text) {
    const node = document.createElement("p");
    node.className = "note";
    node.textContent = text;
    const last = this.#items.at(-1)?.key ?? [this.epoch, 0, 0];
    this.#place([last[0], last[1], Math.max(last[2], Date.now())], node, "note");
    if (!this.isQuiet) this.#scroll.arrived(node);
  }

  typing(yes) {
    this.#part.typing.classList.toggle("on", yes);
    this.#part.typing.textContent = "";
    if (!yes) return;
    const dots = document.createElement("span");
    dots.className = "dots";
    dots.setAttribute("role", "img");
    dots.setAttribute("aria-label", t("page-typing"));
    dots.append(...[0, 1, 2].map(() => document.createElement("i")));
    this.#part.typing.append(dots);
  }

  /** A standing line over the log, for as long as the text is not empty. */
  status(text) {
    if (this.#part.status.textContent !== text) this.#part.status.textContent = text;
    this.#part.status.classList.toggle("on", Boolean(text));
  }

  toast(text) {
    clearTimeout(this.#toastTimer);
    this.#part.toast.textContent = text;
    this.#part.toast.classList.add("on");
    this.#toastTimer = setTimeout(() => {
      this.#part.toast.classList.remove("on");
      this.#part.toast.textContent = "";
    }, TOAST_MS);
  }

  clear() {
    for (const { node } of this.#items) node.remove();
    this.#items = [];
    this.#own.clear();
    this.#tapped.clear();
    this.typing(false);
    this.#refresh();
  }

  #bubble(side, who) {
    const node = document.createElement("article");
    node.className = `msg ${side}`;
    const name = document.createElement("span");
    name.className = "unseen";
    name.dataset.text = who;
    name.textContent = t(who);
    const body = document.createElement("div");
    body.className = "bubble";
    node.append(name, body);
    return node;
  }

  #foot(at, extras) {
    const foot = document.createElement("div");
    foot.className = "foot";
    const time = document.createElement("time");
    if (at) {
      time.dateTime = new Date(at).toISOString();
      time.textContent = shortTime(at);
    }
    foot.append(time, ...extras);
    return foot;
  }

  #fileOf(file) {
    const label = t("page-file-open");
    const load = this.#does.load(file);
    return load ? fileCard(file, { load, label }) : fileCard(file, { href: file.url, label });
  }

  #copyButton(text) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.dataset.label = "page-copy";
    button.title = t("page-copy");
    button.setAttribute("aria-label", t("page-copy"));
    button.addEventListener("click", async () => this.toast(t((await copy(text)) ? "page-copied" : "page-copy-failed")));
    return button;
  }

  #choices(message, choices) {
    const group = document.createElement("div");
    group.className = "choices";
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", t("page-choices"));
    const longest = Math.max(...choices.map((choice) => choice.label.length));
    group.classList.toggle("stacked", longest > 22 || (choices.length > 2 && longest > 12));
    choices.forEach((choice, index) => {
      const chip = document.createElement("button");
      chip.type = "button";
      chip.className = "chip";
      chip.dataset.tap = choice.tap;
      const number = document.createElement("span");
      number.className = "number";
      number.textContent = choice.tap.endsWith(":b") ? "0" : String(index + 1); // Back is 0 on every channel.
      const label = document.createElement("span");
      label.textContent = choice.label;
      chip.append(number, " ", label);
      if (this.#tapped.has(choice.tap)) this.#choose(chip);
      chip.addEventListener("click", () => {
        const now = Date.now();
        if (now - (this.#pressedAt.get(choice.tap) ?? 0) < 900) return; // One press of a trembling hand.
        this.#pressedAt.set(choice.tap, now);
        this.#does.tap(message, choice);
      });
      group.append(chip);
    });
    return group;
  }

  #markTapped(tap) {
    this.#tapped.add(tap);
    for (const chip of this.#part.list.querySelectorAll(".chip")) if (chip.dataset.tap === tap) this.#choose(chip);
  }

  #choose(chip) {
    if (chip.classList.contains("chosen")) return;
    chip.classList.add("chosen");
    const said = document.createElement("span");
    said.className = "unseen";
    said.dataset.text = "page-chosen";
    said.textContent = t("page-chosen");
    chip.append(" ", said);
  }

  #place(key, node, side) {
    let index = this.#items.length;
    while (index > 0 && isLater(this.#items[index - 1].key, key)) index -= 1;
    this.#part.list.insertBefore(node, this.#items[index]?.node ?? null);
    this.#items.splice(index, 0, { key, node, side, asks: node.querySelector(".choices") !== null });
    this.#refresh();
  }

  /** Only the newest question that nobody has answered yet looks open. */
  #refresh() {
    if (this.#part.welcome) this.#part.welcome.hidden = this.#items.length > 0 || this.isQuiet;
    let live = null;
    for (let index = this.#items.length - 1; index >= 0 && this.#items[index].side !== "own"; index -= 1) {
      if (!this.#items[index].asks) continue;
      live = this.#items[index].node;
      break;
    }
    if (live === this.#live) return;
    this.#live?.classList.remove("live");
    live?.classList.add("live");
    this.#live = live;
  }
}

function isLater(one, other) {
  for (let index = 0; index < one.length; index += 1) {
    if (one[index] !== other[index]) return one[index] > other[index];
  }
  return false;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "unseen";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
