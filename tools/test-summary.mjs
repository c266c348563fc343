// Adds up what tools/test.sh left in a folder (`checks`: "PASSED FAILED"; for every suite vitest's report and exit code) and names what failed.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const folder = process.argv[2];
const read = (name) => readFileSync(join(folder, name), 'utf8');

const total = { passed: 0, failed: 0, skipped: 0 };
const add = ({ passed = 0, failed = 0, skipped = 0 }) => {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
};

/** One line a failure, because the report of a suite may be far above, or cut. */
function say(suite, file, { fullName, failureMessages: [message = ''] }) {
  console.log(`failed: ${suite} ${relative(process.cwd(), file.name)} > ${fullName}: ${message.split('\n', 1)[0]}`);
}

if (existsSync(join(folder, 'checks'))) {
  const [passed, failed] = read('checks').split(' ').map(Number);
  add({ passed, failed });
}

for (const name of readdirSync(folder).filter((entry) => entry.endsWith('.exit'))) {
  const suite = name.slice(0, -'.exit'.length);
  const exitCode = Number(read(name));
  const report = existsSync(join(folder, `${suite}.json`)) ? JSON.parse(read(`${suite}.json`)) : {};
  const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0, testResults = [] } = report;
  // A file that cannot be loaded or prepared fails without a failed test in it, and counts as one.
  const brokenFiles = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const failed = numFailedTests + brokenFiles.length;
  // An unhandled rejection, or the end of its time, fails a suite without failing anything in it.
  add({ failed: exitCode === 0 ? failed : Math.max(1, failed) });
  for (const file of testResults)
    for (const test of file.assertionResults) if (test.status === 'failed') say(suite, file, test);
  for (const file of brokenFiles) say(suite, file, { fullName: 'the file itself', failureMessages: [file.message] });
  if (exitCode !== 0 && failed === 0) console.log(`failed: ${suite} ended with exit code ${exitCode}`);
  add({ passed: numPassedTests, skipped: numPendingTests + numTodoTests });
}

console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
