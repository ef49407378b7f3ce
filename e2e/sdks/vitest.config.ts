import { defineConfig } from 'vitest/config'
import { base } from '../../vitest.base.ts'

/** Real SDKs in all their majors: `npm run sdks -w e2e`. Installs them first, where they are not yet. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['e2e/sdks/*.test.ts'],
    globalSetup: ['e2e/sdks/install.ts'],
    hookTimeout: 1_800_000,
  },
})
