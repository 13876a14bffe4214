// Where an operator says who they are. Whether the token is right shows when it is used.

import { element, setText } from '../parts/element.js';
import { Field } from '../parts/field.js';
import { keepOperatorToken, operatorToken } from '../state/operator.js';

export class OperatorToken {
  #field = new Field('Operator’s token', element('input', {
    type: 'password', name: 'operator_token', autocomplete: 'off',
  }), 'The ADMIN_TOKEN of the server. It stays in this tab and opens “Cancel auction” on the '
    + 'auctions’ pages. Empty: forget it.');
  #status = element('p', { className: 'form-status' });

  constructor() {
    this.#status.setAttribute('role', 'status');
    const form = element('form', { className: 'operator-form', noValidate: true },
      this.#field.root, element('button', { className: 'button', textContent: 'Keep' }),
      this.#status);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      keepOperatorToken(this.#field.value.trim());
      this.#field.control.value = '';
      this.#draw();
    });
    this.root = element('section', { className: 'panel' },
      element('h3', { textContent: 'You as an operator' }), form);
    this.#draw();
  }

  #draw() {
    const kept = operatorToken() !== null;
    this.#status.dataset.outcome = kept ? 'done' : 'none';
    setText(this.#status, kept ? 'This tab has a token.' : '');
  }
}
