// The citizen's page: one conversation, its language, its end.

import { Chat } from "./chat.js";
import { loadStrings, locale, readDefaults, rememberedLocale, t } from "./strings.js";

const root = document.querySelector("[data-chat]");
const servedLocale = locale();
const office = new URLSearchParams(location.search).get("office") ?? root.dataset.office ?? "";
const part = (name) => root.querySelector(`[data-part=${name}]`);

const languageWord = part("language").dataset; // {vi, en}: the words that change the bot's language

root.classList.toggle("framed", window.parent !== window);
readDefaults();

const chat = new Chat(root, {
  base: root.dataset.base,
  office,
  firstWord: () => (locale() === servedLocale ? "" : languageWord[locale()]),
  onHeard: () => countUnseen(),
});

const wanted = rememberedLocale();
// Strings first, for a short while: the page should not change its words under the reader's eyes.
await Promise.race([loadStrings(wanted, office), new Promise((resolve) => setTimeout(resolve, 1200))]);
chat.start();
root.classList.add("ready");

part("language").addEventListener("click", async () => {
  const next = locale() === "vi" ? "en" : "vi";
  const done = await loadStrings(next, office);
  if (done && !root.classList.contains("is-ended")) chat.say(languageWord[next]);
});

// Ending: asked once, then everything on this device is gone.
const dialog = document.querySelector("[data-part=end-dialog]");
part("end").addEventListener("click", () => dialog.showModal());
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
dialog.addEventListener("close", async () => {
  if (dialog.returnValue !== "end") return;
  dialog.returnValue = "";
  showEnded(true);
  const confirmed = await chat.end();
  part("ended-doubt").hidden = confirmed;
});
part("again").addEventListener("click", () => {
  showEnded(false);
  chat.composer.focus();
});

function showEnded(yes) {
  part("ended").hidden = !yes;
  part("ended-doubt").hidden = true;
  part("end").disabled = yes;
  root.classList.toggle("is-ended", yes);
  chat.composer.enabled = !yes;
  if (yes) part("again").focus();
}

// The number of messages that came while nobody looked, in the tab's title.
let unseen = 0;
function countUnseen() {
  if (!document.hidden) return;
  unseen += 1;
  document.title = `(${unseen}) ${t("page-title")}`;
}
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unseen = 0;
  document.title = t("page-title");
});

// The demo page beside may say something here; nobody from elsewhere may.
window.addEventListener("message", (event) => {
  if (window.parent === window || event.source !== window.parent || event.origin !== location.origin) return;
  if (event.data?.kind === "motcua:say" && typeof event.data.text === "string") {
    if (root.classList.contains("is-ended")) showEnded(false);
    chat.say(event.data.text.slice(0, 1000));
  }
});

// A receipt's QR leads here with its one-time code: said once, and taken out of the address.
const receipt = new URLSearchParams(location.search).get("start");
if (receipt && /^[2-9A-Z]{10}$/.test(receipt)) {
  history.replaceState(null, "", location.pathname);
  chat.say(`${receipt.slice(0, 5)}-${receipt.slice(5)}`);
}

// On phones the keyboard shrinks what is visible, not the page: follow the visible part.
const visible = window.visualViewport;
if (visible) {
  const fit = () => {
    const covered = Math.round(window.innerHeight - visible.height * visible.scale);
    root.style.setProperty("--covered", `${visible.scale === 1 && covered > 60 ? covered : 0}px`);
    if (visible.scale === 1 && covered > 60) window.scrollTo(0, 0);
  };
  visible.addEventListener("resize", fit);
  visible.addEventListener("scroll", fit);
}
