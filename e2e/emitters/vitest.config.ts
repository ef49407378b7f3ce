import { defineConfig } from 'vitest/config'
import { base } from '../../vitest.base.ts'

/** Tools that trace by themselves, with our middleware beside them: `npm run emitters -w e2e`. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['e2e/emitters/*.test.ts'],
    globalSetup: ['e2e/emitters/install.ts'],
    testTimeout: 120_000,
    hookTimeout: 600_000,
  },
})
