// Comma-separated values (RFC 4180), written and read.

// A cell that begins like this is a formula to a spreadsheet, and names are hostile.
const FORMULA = /^[=+\-@\t\r]/;

export function csvLine(cells) {
  return `${cells.map(cell).join(',')}\r\n`;
}

function cell(value) {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' && FORMULA.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// The cells of each line that is not blank, with its number, from 1. Separated by tabs
// or semicolons if the first line has some, as spreadsheets write where a comma is in
// numbers; else by commas. Quotes keep separators and line ends.
export function readCsv(text) {
  const separator = separatorOf(text);
  const lines = [];
  let cells = [];
  let value = '';
  let quoted = false;
  let wasQuoted = false;
  let number = 1;
  let begin = 1;

  const endCell = () => {
    cells.push(wasQuoted ? value : value.trim());
    value = '';
    wasQuoted = false;
  };
  const endLine = () => {
    endCell();
    if (cells.length > 1 || cells[0] !== '') lines.push({ number: begin, cells });
    cells = [];
    begin = number + 1;
  };

  for (let i = 0; i < text.length; i += 1) {
    const sign = text[i];
    if (quoted) {
      if (sign === '"' && text[i + 1] === '"') {
        value += sign;
        i += 1;
      } else if (sign === '"') {
        quoted = false;
      } else {
        value += sign;
      }
    } else if (sign === '"' && value.trim() === '') {
      value = '';
      quoted = true;
      wasQuoted = true;
    } else if (sign === separator) {
      endCell();
    } else if (sign === '\n') {
      endLine();
    } else if (!wasQuoted || sign.trim() !== '') {
      value += sign;
    }
    if (sign === '\n') number += 1;
  }
  endLine();
  return lines;
}

function separatorOf(text) {
  const [first] = text.replace(/"(?:[^"]|"")*"/g, '').split('\n', 1);
  if (first.includes('\t')) return '\t';
  return first.includes(';') ? ';' : ',';
}
