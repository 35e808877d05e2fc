// Single-key commands: off while the reader types, and never in place of a browser's own shortcut.

/** Whether a key press is meant for a field (or belongs to the browser), so that single keys must ignore it. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches('input:not([type=checkbox]):not([type=radio]), textarea, select');
}
