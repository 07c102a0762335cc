import { configDefaults, defineConfig } from 'vitest/config';

// The contract suites on a real API server belong to `npm run test:cluster -- contract`, which names one.
const NEEDS_CLUSTER =
  process.env['CONTRACT_KUBECONFIG'] === undefined ? ['test/contract/**/cluster.test.ts'] : [];

export default defineConfig({
  test: {
    include: ['test/{unit,contract,integration,property}/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...NEEDS_CLUSTER],
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
