// A question that must be answered before something is done. Unlike the browser's own
// dialogs it does not stop the page: what it tells stays live.

import { element } from './element.js';

// body: a node. Resolves with true when it is confirmed.
export function confirm({ title, body, action, danger = false }) {
  const heading = element('h2', { id: 'confirmation-title', textContent: title });
  const cancel = element('button', {
    className: 'button', type: 'submit', value: 'no', textContent: 'Cancel',
  });
  const go = element('button', {
    className: `button ${danger ? 'button-danger' : 'button-primary'}`,
    type: 'submit', value: 'yes', textContent: action,
  });
  const form = element('form', { method: 'dialog' }, heading, body,
    element('div', { className: 'dialog-actions' }, cancel, go));
  const dialog = element('dialog', { className: 'dialog' }, form);
  dialog.setAttribute('aria-labelledby', heading.id);
  return opened(dialog).then((answer) => answer === 'yes');
}

// Shows a dialog until it is closed; resolves with its return value, '' after Escape.
export function opened(dialog) {
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
