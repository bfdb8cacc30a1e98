import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

interface Generator {
  generated(): Promise<string>;
}

// The tests run compiled, from another folder: paths are the site's.
const here = join(process.cwd(), 'src', 'api');

test('the types are what the generator makes of the document', async () => {
  const { generated } = (await import(pathToFileURL(join(here, 'generate.mjs')).href)) as Generator;
  assert.ok(readFileSync(join(here, 'schema.d.ts'), 'utf8') === (await generated()), 'schema.d.ts differs: go tool task web:api');
});
