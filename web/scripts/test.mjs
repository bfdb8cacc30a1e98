// Runs the unit tests beside the sources. Node 20 reads no TypeScript, so the
// sources are compiled first, file by file, into a folder that is made anew.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const web = fileURLToPath(new URL('..', import.meta.url));
const out = join(web, 'node_modules', '.unit');
rmSync(out, { recursive: true, force: true });
const compiled = run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.test.json');
if (compiled !== 0) process.exit(compiled);
writeFileSync(join(out, 'package.json'), '{"type":"module"}');
const tests = readdirSync(out, { recursive: true }).map(String).filter((name) => name.endsWith('.test.js')).map((name) => join(out, name));
if (!existsSync(out) || tests.length === 0) throw new Error('there are no unit tests');
process.exit(run('--test', '--test-reporter', process.env.CI ? 'tap' : 'dot', ...tests));

function run(...args) {
  return spawnSync(process.execPath, args, { cwd: web, stdio: 'inherit' }).status ?? 1;
}
