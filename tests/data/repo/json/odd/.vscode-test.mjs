import { defineConfig } from '@vscode/test-cli';

// installExtensions: ['acme.commented']
const more = process.env.CI ? ['acme.not-read'] : [];
export default defineConfig([
  { files: 'out/**/*.test.js', installExtensions: ['acme.single', "Acme.Double@1.0.0", ...more] },
  {
    label: "quotes' kinds",
    installExtensions: [
      `acme.template-literal`, // the last one
      './dist/own.vsix',
    ],
  },
]);
