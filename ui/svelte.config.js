// Svelte 5 in runes mode for every component; TypeScript in components is stripped, types are checked by svelte-check.
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: true },
};
