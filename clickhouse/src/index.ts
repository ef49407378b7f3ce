/** ClickHouse for Spanmeter: the embedded engine, clients and migrations. Public names, nothing else. */
export {
  type ConnectOptions,
  connect,
  openConnection,
  parseAddress,
  type StoreAddress,
  type StoreConnection,
} from './client.ts'
export { EngineHeld, EngineUnavailable } from './embedded/errors.ts'
export { ENGINE_RELEASE, findLibrary } from './embedded/library.ts'
export type { EngineExit } from './embedded/spawn.ts'
export {
  attachEmbedded,
  type EmbeddedClickhouse,
  type EmbeddedOptions,
  startEmbedded,
} from './embedded/start.ts'
export { type MigrateOptions, type MigrateResult, migrate, type SchemaState, schemaState } from './migrate.ts'
