import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Leaves FILE.br beside every text that gets smaller: the api serves it as it is. */
function brotli(): Plugin {
  return {
    name: 'brotli',
    apply: 'build',
    writeBundle({ dir = '' }) {
      for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(js|css|svg)$/.test(name)) continue;
        const plain = readFileSync(join(dir, name));
        const compressed = brotliCompressSync(plain);
        if (compressed.length < plain.length) writeFileSync(join(dir, `${name}.br`), compressed);
      }
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  plugins: [react(), brotli()],
  build: {
    outDir: 'dist',
    // The browsers of the last three years; the module preload polyfill is for older ones.
    target: 'es2022',
    modulePreload: { polyfill: false },
    // A `data:` font or image would need a hole in the content security policy.
    assetsInlineLimit: 0,
  },
});
