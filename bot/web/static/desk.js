// The demo: a citizen's phone beside the staff desk. The desk is the same conversation class on another path.

import { Chat } from "./chat.js";
import { loadStrings, readDefaults, rememberedLocale } from "./strings.js";

const root = document.querySelector("[data-desk]");
const phone = document.querySelector("[data-part=phone]");

readDefaults();
// The phone's page asks for the same strings and remembers the language; this page follows it.
await Promise.race([loadStrings(rememberedLocale()), new Promise((resolve) => setTimeout(resolve, 1200))]);
window.addEventListener("storage", (event) => {
  if (event.key === "motcua.locale" && event.newValue) loadStrings(event.newValue);
});

const desk = new Chat(root, {
  base: root.dataset.base,
  eager: true,
  ownName: "page-desk-you",
  onAbsent: () => {
    root.querySelector("[data-part=desk-room]").hidden = true;
    root.querySelector("[data-part=desk-absent]").hidden = false;
  },
});
desk.start();

for (const button of document.querySelectorAll("[data-try]")) {
  button.addEventListener("click", () => {
    phone.contentWindow.postMessage({ kind: "motcua:say", text: button.dataset.try }, location.origin);
    phone.scrollIntoView({ block: "nearest" });
  });
}
