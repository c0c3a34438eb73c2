// Where the reader is. New words never pull the page away from somebody who is reading further up,
// and a long answer is shown from its beginning, not from its end.

import { t } from "./strings.js";

const NEAR = 72;
const MARGIN = 12;
const PAUSE_MS = 4000; // Messages this far apart are separate arrivals.

export class Scroll {
  #log;
  #pill;
  #following = true;
  #first = null;
  #lastArrival = 0;
  #lastTop = 0;
  #aimed = null;

  constructor(log, pill) {
    this.#log = log;
    this.#pill = pill;
    log.addEventListener("scroll", () => this.#moved(), { passive: true });
    for (const hand of ["wheel", "touchstart", "keydown", "pointerdown"]) {
      log.addEventListener(hand, () => (this.#aimed = null), { passive: true });
    }
    pill.addEventListener("click", () => this.toEnd());
    new ResizeObserver(() => this.#resized()).observe(log);
  }

  get #end() {
    return Math.max(0, this.#log.scrollHeight - this.#log.clientHeight);
  }

  /** To the end at once, as when a conversation is opened. */
  jump() {
    this.#following = true;
    this.#first = null;
    this.#go(this.#end, "auto");
  }

  /** To the end, because the reader wrote or asked for it. */
  toEnd() {
    this.#following = true;
    this.#first = null;
    this.#go(this.#end, "smooth");
  }

  /** Something new stands in `node`. */
  arrived(node) {
    const now = Date.now();
    if (!this.#first?.isConnected || now - this.#lastArrival > PAUSE_MS) this.#first = node;
    this.#lastArrival = now;
    if (this.#following) this.#go(Math.min(this.#end, this.#first.offsetTop - MARGIN), "smooth");
    const top = this.#aimed ?? this.#log.scrollTop;
    const inSight = node.offsetTop < top + this.#log.clientHeight - NEAR;
    this.#pill.dataset.text = inSight ? "page-more" : "page-new";
    this.#pill.textContent = t(this.#pill.dataset.text);
    this.#showPill(this.#distance(top) > NEAR);
  }

  #distance(top) {
    return this.#end - top;
  }

  #go(top, behavior) {
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#aimed = top;
    this.#log.scrollTo({ top, behavior: calm || document.hidden ? "auto" : behavior });
    this.#showPill(this.#distance(top) > NEAR && !this.#pill.hidden);
  }

  #moved() {
    const top = this.#log.scrollTop;
    if (this.#aimed !== null && Math.abs(top - this.#aimed) < 2) this.#aimed = null;
    if (this.#aimed === null) {
      if (this.#distance(top) <= NEAR) {
        this.#following = true;
        this.#showPill(false);
      } else if (top < this.#lastTop) {
        this.#following = false;
      }
    }
    this.#lastTop = top;
  }

  /** The keyboard came or went: whoever was at the end stays there. */
  #resized() {
    const spoken = this.#log.querySelector(".msg") !== null; // An empty room stays at its welcome.
    if (spoken && this.#following && this.#pill.hidden) this.#go(this.#end, "auto");
  }

  #showPill(yes) {
    this.#pill.hidden = !yes;
  }
}
