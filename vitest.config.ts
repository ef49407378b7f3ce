import { defineConfig } from 'vitest/config'
import { base } from './vitest.base.ts'

const WORKSPACES = ['client', 'clickhouse', 'collector', 'dashboards', 'e2e', 'examples', 'middleware']
/** Their tests change nothing of the process that they run in, so that one loads the sources for many files. */
const TOGETHER = ['client', 'clickhouse', 'collector', 'dashboards']

const tests = (workspaces: readonly string[]) => ({
  include: workspaces.flatMap((name) => [`${name}/src/**/*.test.ts`, `${name}/test/**/*.test.ts`]),
  // `.ci/run` runs them: e2e/slow/vitest.config.ts
  exclude: ['**/node_modules/**', '**/*.slow.test.ts'],
})

/** What `npm test` runs. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    projects: [
      { extends: true, test: { name: 'together', isolate: false, ...tests(TOGETHER) } },
      {
        extends: true,
        test: { name: 'apart', ...tests(WORKSPACES.filter((name) => !TOGETHER.includes(name))) },
      },
    ],
  },
})
