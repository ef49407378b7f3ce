/**
 * Dashboards as code: the definitions, and what the collector needs to serve them.
 *
 * Invariant: nothing here reads the process or the network.
 */

export { type ExpandContext, ExpandError, type VariableValue } from './expand/context.ts'
export { expand } from './expand/expand.ts'
export {
  type Field,
  type Frame,
  frameOf,
  partOf,
  type StringRows,
  type Value,
  withInstants,
} from './expand/frame.ts'
export { roundInterval } from './expand/interval.ts'
export {
  CANDIDATES,
  type Dashboard,
  type Manifest,
  manifestOf,
  type Panel,
  type Target,
  type Variable,
} from './model.ts'
export { loadPage, type PageAsset } from './page/load.ts'
export { dashboards } from './registry.ts'
export { cameFrom, EXPECTED, LATENESS, sinceOf, spanNumbers } from './sql/span-numbers.ts'
export { isTimeZone, parseInstant } from './time-range.ts'
export { ALL_OPTIONS } from './variables.ts'
