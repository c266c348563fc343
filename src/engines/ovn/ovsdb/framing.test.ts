import { expect, test } from 'vitest';
import { JsonFramer } from './framing.ts';

const messages = [{ id: 1, params: ['}]', '\\"{'] }, [], { a: { b: [{}] }, é: '€' }];
const bytes = Buffer.from(messages.map((message) => JSON.stringify(message)).join(''));

test.each([1, 2, 3, 7, bytes.length])('messages without separators are told apart, %i bytes at a time', (size) => {
  const framer = new JsonFramer();
  const heard: unknown[] = [];
  for (let at = 0; at < bytes.length; at += size) heard.push(...framer.push(bytes.subarray(at, at + size)));
  expect(heard).toEqual(messages);
});

test('what is not JSON is refused', () => {
  expect(() => new JsonFramer().push(Buffer.from('{hello}'))).toThrow(SyntaxError);
});
