import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rules, strong } from './password.ts';

const passwords: { name: string; password: string; strong: boolean; unmet?: string[] }[] = [
  { name: 'one that meets every rule', password: 'Correct-Horse-7!', strong: true, unmet: [] },
  { name: 'a short one', password: 'Short-7!', strong: false, unmet: ['12 characters or more'] },
  { name: 'one without a capital letter', password: 'correct-horse-7!', strong: false, unmet: ['a capital letter'] },
  { name: 'one without a small letter', password: 'CORRECT-HORSE-7!', strong: false, unmet: ['a small letter'] },
  { name: 'one without a digit', password: 'Correct-Horse-!!', strong: false, unmet: ['a digit'] },
  { name: 'one without a symbol', password: 'CorrectHorse77', strong: false, unmet: ['a symbol, like ! or -'] },
  { name: 'a letter that is no ASCII capital', password: 'Écorrect-horse-7', strong: false, unmet: ['a capital letter'] },
  { name: 'a space at its end, which Cognito refuses', password: 'Correct-Horse-7! ', strong: false, unmet: [] },
  { name: 'nothing', password: '', strong: false, unmet: rules.map((r) => r.text) },
];

for (const p of passwords) {
  test(`the rules judge ${p.name}`, () => {
    assert.equal(strong(p.password), p.strong);
    assert.deepEqual(rules.filter((r) => !r.met(p.password)).map((r) => r.text), p.unmet);
  });
}
