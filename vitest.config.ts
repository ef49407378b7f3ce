import { defineConfig } from 'vitest/config'

const conditions = ['@spanmeter/source', 'node', 'import', 'module', 'default']

/** Workspace packages resolve to their sources, so nothing needs building before the tests. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['*/src/**/*.test.ts', '*/test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
