/**
 * What Spanmeter does, feature by feature, and the test that shows each.
 *
 * Invariant: a row names a test that exists; nothing is shown by a promise.
 */
import type { Feature } from './feature.ts'
import { A } from './rows/a.ts'
import { B } from './rows/b.ts'
import { C } from './rows/c.ts'
import { D } from './rows/d.ts'
import { E } from './rows/e.ts'

/** Every row of groups A to E that asks for something that can be seen. */
export const FEATURES: readonly Feature[] = [...A, ...B, ...C, ...D, ...E]
