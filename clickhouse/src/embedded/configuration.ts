/**
 * The configuration files of the embedded engine, as text.
 *
 * Invariant: without a password nobody reads or writes anything. The engine's own session logs in as
 * `default` without one (it cannot do otherwise), so `default` may open the listener and read its standard
 * input, and nothing else.
 */
import { createHash } from 'node:crypto'

/** What the configuration depends on. */
export interface EngineConfiguration {
  usersFile: string
  /** Where `BACKUP … TO File` may write, and `RESTORE` read. */
  backupsDirectory: string
  /** Bytes that the engine may use in all. */
  maxMemoryBytes: number
  /** Whether rows are on the disk before an insert is answered. */
  durable: boolean
  appPassword: string
  readerPassword: string
}

/** Bytes of columns that are kept as they are read: panels of a dashboard read the same hours, again and again. */
const MAX_CACHE = 512 * 1024 * 1024
/** A question about more reads past them, so that it does not drive out what others need. */
const MAX_CACHED_ROWS = 5_000_000

/** The server part: memory, durability of inserts, no log files of its own. */
export function serverConfiguration(config: EngineConfiguration): string {
  return `<clickhouse>
  <logger><level>none</level><console>0</console></logger>
  <listen_host>127.0.0.1</listen_host>
  <users_config>${escapeXml(config.usersFile)}</users_config>
  <max_server_memory_usage>${Math.floor(config.maxMemoryBytes)}</max_server_memory_usage>
  <mark_cache_size>134217728</mark_cache_size>
  <uncompressed_cache_size>${Math.floor(Math.min(MAX_CACHE, config.maxMemoryBytes / 8))}</uncompressed_cache_size>
  <max_connections>256</max_connections>
  <backups><allowed_path>${escapeXml(config.backupsDirectory)}</allowed_path></backups>
  <keep_alive_timeout>10</keep_alive_timeout>
  <merge_tree>
    <fsync_after_insert>${Number(config.durable)}</fsync_after_insert>
    <fsync_part_directory>${Number(config.durable)}</fsync_part_directory>
  </merge_tree>
</clickhouse>
`
}

/** The users: `default` (locked down), `app` (database spanmeter), `reader` (reads it, changes nothing). */
export function usersConfiguration(config: EngineConfiguration): string {
  const memory = Math.floor(config.maxMemoryBytes)
  return `<clickhouse>
  <profiles>
    <default>
      <async_insert>0</async_insert>
      <max_memory_usage>${memory}</max_memory_usage>
    </default>
    <reader>
      <readonly>1</readonly>
      <use_uncompressed_cache>1</use_uncompressed_cache>
      <merge_tree_max_rows_to_use_cache>${MAX_CACHED_ROWS}</merge_tree_max_rows_to_use_cache>
      <output_format_parallel_formatting>0</output_format_parallel_formatting>
      <optimize_and_compare_chain>0</optimize_and_compare_chain>
      <use_query_condition_cache>0</use_query_condition_cache>
      <max_memory_usage>${Math.floor(memory / 2)}</max_memory_usage>
      <max_execution_time>60</max_execution_time>
      <max_result_rows>10000000</max_result_rows>
      <output_format_parquet_row_group_size>50000</output_format_parquet_row_group_size>
      <output_format_parquet_parallel_encoding>0</output_format_parquet_parallel_encoding>
      <cancel_http_readonly_queries_on_client_close>1</cancel_http_readonly_queries_on_client_close>
      <constraints>
        <additional_table_filters><changeable_in_readonly/></additional_table_filters>
        <max_execution_time><max>3600</max><changeable_in_readonly/></max_execution_time>
        <max_result_rows><changeable_in_readonly/></max_result_rows>
        <max_threads><changeable_in_readonly/></max_threads>
      </constraints>
    </reader>
  </profiles>
  <quotas><default/></quotas>
  <users>
    <default>
      <password/>
      ${LOOPBACK}
      <profile>default</profile>
      <quota>default</quota>
      <grants>
        <query>GRANT SYSTEM LISTEN ON *.*</query>
        <query>GRANT SELECT, CREATE TABLE ON _local.*</query>
        <query>GRANT SELECT, CREATE TABLE ON default.table</query>
        <query>GRANT TABLE ENGINE ON File</query>
      </grants>
    </default>
    <app>
      <password_sha256_hex>${sha256(config.appPassword)}</password_sha256_hex>
      ${LOOPBACK}
      <profile>default</profile>
      <quota>default</quota>
      <grants>
        <query>GRANT ALL ON spanmeter.*</query>
        <query>GRANT SELECT ON system.*</query>
        <query>GRANT KILL QUERY, SET DEFINER, TABLE ENGINE, SYSTEM ON *.*</query>
      </grants>
    </app>
    <reader>
      <password_sha256_hex>${sha256(config.readerPassword)}</password_sha256_hex>
      ${LOOPBACK}
      <profile>reader</profile>
      <quota>default</quota>
      <grants>
        <query>GRANT SELECT ON spanmeter.*</query>
      </grants>
    </reader>
  </users>
</clickhouse>
`
}

const LOOPBACK = '<networks><ip>127.0.0.1</ip><ip>::1</ip></networks>'

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
