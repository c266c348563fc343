// Puts what `npm run demo` printed into README.md or LISEZMOI.md, between the story's marks:
//   LANG=C.UTF-8 npm run demo | tee story.txt; node tools/readme-story.mjs README.md story.txt
import { readFileSync, writeFileSync } from 'node:fs';

const [page, transcript] = process.argv.slice(2);
const said = readFileSync(transcript, 'utf8')
  // Of lines that a terminal rewrites, only the last is seen.
  .split('\n')
  .map((line) => line.slice(line.lastIndexOf('\r') + 1).trimEnd())
  .join('\n')
  .trim();
const text = readFileSync(page, 'utf8');
const [start, end] = ['<!-- story -->', '<!-- /story -->'];
const before = text.slice(0, text.indexOf(start) + start.length);
writeFileSync(page, `${before}\n\n\`\`\`\n${said}\n\`\`\`\n\n${text.slice(text.indexOf(end))}`);
