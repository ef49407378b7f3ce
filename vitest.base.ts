import type { ViteUserConfig } from 'vitest/config'

// No `module`: what is left to Node itself must be a file that Node can load, and some packages keep code
// for bundlers only behind that condition (@opentelemetry/api).
// And no `import`: it would hold for `require` too, and `import` has it by itself.
const conditions = ['@spanmeter/source', 'node']

/** What every run of tests shares: workspace packages resolve to their sources, so nothing needs building before. */
export const base: ViteUserConfig = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // one more than the cores: much of a test is waiting for a process
    maxWorkers: 3,
  },
}
