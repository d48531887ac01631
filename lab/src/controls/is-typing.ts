/**
 * Keys typed into a field belong to the field.
 * @module
 */

/** Inputs that take no text. */
const WITHOUT_TEXT = ["checkbox", "radio", "range", "button"];

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !WITHOUT_TEXT.includes(target.type);
  return (
    target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable
  );
}
