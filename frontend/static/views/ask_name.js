// Asks who the reader is: the name under which they bid, and where the server wants a proof of it,
// the token that they were given. Asked once; the browser keeps both.

import { formatFullTime } from '../format/locale.js';
import { opened } from '../parts/confirmation.js';
import { element } from '../parts/element.js';
import { Field } from '../parts/field.js';

// Who does something, asked where that is not known yet: { name, token }, or null when the reader
// would rather not say. need: why a token is needed, in a sentence; '' where none is.
export async function whoActs(model, need = '') {
  const { identity, clock } = model;
  const lacks = need !== '' && identity.needsTokens && identity.proof(clock.now()) === null;
  if ((identity.name === '' || lacks) && !await askName(model, lacks ? need : '')) return null;
  return { name: identity.name, token: identity.proof(clock.now()) };
}

// Resolves with true once it is said.
export async function askName({ identity, clock }, need = '') {
  const name = new Field('Your name', element('input', {
    name: 'bidder', value: identity.name, maxLength: 255, autocomplete: 'nickname',
  }), 'Others see it beside your bids. This browser remembers it.');
  const token = new Field(need === '' ? 'Your token (optional)' : 'Your token',
    element('input', { name: 'token', autocomplete: 'off', spellcheck: false }),
    'Whoever runs this house gives you one; it says your name. This browser remembers it.');
  const parts = need === '' ? [name.root] : [element('p', { textContent: need })];
  if (identity.needsTokens) parts.push(token.root, ...proofOf(identity, clock.now()));

  const title = element('h2', { id: 'name-title', textContent: need === ''
    ? 'Who is bidding?' : 'This needs your token' });
  const cancel = element('button', {
    className: 'button', type: 'button', textContent: 'Cancel',
  });
  const form = element('form', { method: 'dialog', noValidate: true }, title, ...parts,
    element('div', { className: 'dialog-actions' }, cancel, element('button', {
      className: 'button button-primary', value: 'kept', textContent: 'Keep',
    })));
  const dialog = element('dialog', { className: 'dialog' }, form);
  dialog.setAttribute('aria-labelledby', title.id);
  cancel.addEventListener('click', () => dialog.close(''));
  form.addEventListener('submit', (event) => {
    const written = need !== '' || token.value.trim() !== '';
    const right = written ? token.judge(identity.chooseToken(token.value, clock.now()))
      : name.judge(identity.choose(name.value));
    if (right) return;
    event.preventDefault();
    (written ? token : name).control.focus();
  });
  return await opened(dialog) === 'kept';
}

// What is known of the reader's token, and a way to be rid of it.
function proofOf(identity, now) {
  const proof = identity.proof(now);
  if (proof === null) return [];
  const forget = element('button', {
    className: 'button button-quiet', type: 'button', textContent: 'Forget my token',
  });
  const words = element('p', {},
    'Your token proves that you are ', element('strong', { className: 'data' }, proof.name),
    ` until ${formatFullTime(proof.expires)}.`);
  const root = element('div', {}, words, forget);
  forget.addEventListener('click', () => {
    identity.forgetToken();
    root.replaceChildren(element('p', { textContent: 'This browser has forgotten it.' }));
  });
  return [root];
}
