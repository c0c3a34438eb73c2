// Where the citizen writes: text, files (chosen, pasted or dropped), and the row of words that always work.

import { t } from "./strings.js";

const TALLEST_PX = 140;
const TAKEN = /^(image\/.+|application\/pdf)$/;

export class Composer {
  #form;
  #field;
  #send;
  #words;
  #wordsButton;
  #does;
  #largest;

  /** @param does {say(text, label?), attach(file), toast(text)} */
  constructor(root, does) {
    this.#does = does;
    this.#form = root.querySelector("[data-part=composer]");
    this.#field = this.#form.querySelector("textarea");
    this.#send = this.#form.querySelector("[data-part=send]");
    this.#words = root.querySelector("[data-part=words]");
    this.#wordsButton = this.#form.querySelector("[data-part=words-button]");
    this.#largest = Number(root.dataset.maxMb || 20) * 1024 * 1024;

    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#field.addEventListener("input", () => this.#changed());
    this.#field.addEventListener("keydown", (event) => {
      // Telex and VNI keyboards compose: their Enter accepts a word and does not send.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.#submit();
    });
    this.#files(root);
    this.#quickWords(root);
    this.#changed();
  }

  set enabled(yes) {
    for (const control of this.#form.elements) control.disabled = !yes;
    if (yes) this.#changed();
    else this.#openWords(false);
  }

  focus() {
    this.#field.focus();
  }

  /** Puts the beginning of a message into the field and the caret behind it. */
  prefill(text) {
    this.#field.value = text + this.#field.value.trimStart();
    this.#changed();
    this.#field.focus();
    this.#field.setSelectionRange(this.#field.value.length, this.#field.value.length);
  }

  #submit() {
    const text = this.#field.value.trim();
    if (!text) return;
    this.#field.value = "";
    this.#changed();
    this.#field.focus();
    this.#does.say(text);
  }

  #changed() {
    this.#send.disabled = !this.#field.value.trim();
    this.#field.style.height = "auto";
    const wanted = this.#field.scrollHeight + 2;
    this.#field.style.height = `${Math.min(wanted, TALLEST_PX)}px`;
    this.#field.classList.toggle("tall", wanted > TALLEST_PX);
  }

  #files(root) {
    const chooser = this.#form.querySelector("input[type=file]");
    if (!chooser) return;
    const take = (files) => [...files].forEach((file) => this.#attach(file));
    this.#form.querySelector("[data-part=attach]").addEventListener("click", () => chooser.click());
    chooser.addEventListener("change", () => {
      take(chooser.files);
      chooser.value = "";
    });
    this.#field.addEventListener("paste", (event) => {
      if (!event.clipboardData?.files.length) return;
      event.preventDefault();
      take(event.clipboardData.files);
    });
    root.addEventListener("dragover", (event) => {
      if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
    });
    root.addEventListener("drop", (event) => {
      if (!event.dataTransfer?.files.length) return;
      event.preventDefault();
      if (!chooser.disabled) take(event.dataTransfer.files);
    });
  }

  #attach(file) {
    if (!TAKEN.test(file.type)) this.#does.toast(t("page-wrong-type"));
    else if (file.size > this.#largest) this.#does.toast(t("page-too-large"));
    else this.#does.attach(file);
  }

  #quickWords(root) {
    root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-say], [data-prefill]");
      if (!button || this.#field.disabled) return;
      if (this.#words?.contains(button)) this.#openWords(false);
      if (button.dataset.prefill) this.prefill(button.dataset.prefill);
      else this.#does.say(button.dataset.say, button.textContent.trim());
    });
    if (!this.#wordsButton) return;
    this.#wordsButton.addEventListener("click", () => this.#openWords(this.#words.hidden));
    this.#form.addEventListener("keydown", (event) => event.key === "Escape" && this.#openWords(false));
    this.#words.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.#openWords(false);
      this.#wordsButton.focus();
    });
  }

  #openWords(yes) {
    if (!this.#words) return;
    this.#words.hidden = !yes;
    this.#wordsButton.setAttribute("aria-expanded", String(yes));
  }
}
