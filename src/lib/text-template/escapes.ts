import { print } from './format.ts';
import { isPrintable } from './quote.ts';
import { Text, type Value } from './values.ts';

const HTML: Readonly<Record<string, string>> = {
  '\0': '\ufffd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};
const JS: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
};

/** Go's template function `html`. */
export function html(values: readonly Value[]): Text {
  return mapped(values, (text) => text.replace(/[\0"'&<>]/g, (found) => HTML[found] ?? found));
}

/** Go's template function `js`. */
export function js(values: readonly Value[]): Text {
  return mapped(values, (text) => Array.from(text, jsCharacter).join(''));
}

/** Go's template function `urlquery`. */
export function urlquery(values: readonly Value[]): Text {
  return mapped(values, (text) =>
    encodeURIComponent(text.toWellFormed())
      .replace(/[!'()*]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('%20', '+'),
  );
}

function jsCharacter(character: string): string {
  const known = JS[character];
  if (known !== undefined) return known;
  const point = character.codePointAt(0) ?? 0;
  if (point >= 0x20 && (point < 0x7f || isPrintable(character))) return character;
  return `\\u${point.toString(16).toUpperCase().padStart(4, '0')}`;
}

function mapped(values: readonly Value[], change: (text: string) => string): Text {
  const text = print(values.map((value) => value ?? Text.own('<no value>')));
  return new Text([{ text: change(text.toString()), foreign: text.hasForeign }]);
}
