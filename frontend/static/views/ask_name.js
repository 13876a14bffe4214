// Asks under which name the reader bids. Asked once; the browser keeps it.

import { opened } from '../parts/confirmation.js';
import { element } from '../parts/element.js';
import { Field } from '../parts/field.js';

// Resolves with the name, or null when the reader would rather not say.
export async function askName(identity) {
  const field = new Field('Your name', element('input', {
    name: 'bidder', value: identity.name, maxLength: 255, autocomplete: 'nickname',
  }), 'Others see it beside your bids. This browser remembers it.');
  const title = element('h2', { id: 'name-title', textContent: 'Who is bidding?' });
  const cancel = element('button', {
    className: 'button', type: 'button', textContent: 'Cancel',
  });
  const form = element('form', { method: 'dialog', noValidate: true }, title, field.root,
    element('div', { className: 'dialog-actions' }, cancel, element('button', {
      className: 'button button-primary', value: 'kept', textContent: 'Keep',
    })));
  const dialog = element('dialog', { className: 'dialog' }, form);
  dialog.setAttribute('aria-labelledby', title.id);
  cancel.addEventListener('click', () => dialog.close(''));
  form.addEventListener('submit', (event) => {
    if (!field.judge(identity.choose(field.value))) {
      event.preventDefault();
      field.control.focus();
    }
  });
  return await opened(dialog) === 'kept' ? identity.name : null;
}
