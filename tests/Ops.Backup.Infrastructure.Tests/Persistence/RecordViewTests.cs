using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Persistence;

/// <summary>The views of backup_management and enterprise_backup: their columns and words are a contract with people's queries.</summary>
[Collection(PostgresCollection.Name)]
public sealed class RecordViewTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Rows = """
        INSERT INTO database_source (id, name, host, port, database, user_name) VALUES ('s', 'shop', 'db1', 5432, '订单', 'u');
        INSERT INTO backup_config (id, name, source_id, type, format, jobs, compression, include_globals, schedule, time_zone, jitter_sec, run_missed, when_busy, retention, retries,
            retry_delay_sec, priority, description_template, enabled, next_for, next_run_at, last_run_at, create_time)
        VALUES ('c1', 'nightly', 's', 'full', 'custom', 1, 'zstd:1', true, '0 2 * * *', 'Asia/Shanghai', 0, true, 'wait', '{"days": 30, "count": 0}', 0, 60, 0, '', true,
                    '2026-11-22T18:00:00Z', '2026-11-22T18:00:05Z', '2026-11-21T18:00:05Z', '2026-11-01T00:00:00Z'),
               ('c2', 'by hand', 's', 'schema_only', 'plain', 1, 'none', false, NULL, 'UTC', 0, true, 'wait', '{"days": 0, "daily": 30}', 0, 60, 0, '', false, NULL, NULL, NULL,
                    '2026-11-01T00:00:00Z'),
               ('c3', 'keeps all', 's', 'full', 'plain', 1, 'none', false, NULL, 'UTC', 0, true, 'wait', NULL, 0, 60, 0, '', true, NULL, NULL, NULL, '2026-11-01T00:00:00Z');
        INSERT INTO db_backup_job (id, config_id, started_at, finished_at, duration_sec, database, status, error_msg, local_file, remote_urls, size_bytes, checksum, scheduled_for, deleted)
        VALUES ('a success', 'c1', '2026-11-21T02:00:00Z', '2026-11-21T02:01:30Z', 90, '订单', 'SUCCESS', NULL, '/f', '["oss://b/k"]', 7, 'ab', '2026-11-21T01:59:00Z', false),
               ('b failed', 'c1', '2026-11-21T02:00:00Z', NULL, NULL, '订单', 'FAILED', 'DISK_FULL: no', NULL, '["oss://b/k", "oss://b/l"]', NULL, NULL, NULL, false),
               ('c canceled', 'c1', '2026-11-21T02:00:00Z', NULL, NULL, '订单', 'CANCELED', 'CANCELED: Somebody', NULL, '[]', NULL, NULL, NULL, false),
               ('d skipped', 'c1', '2026-11-21T02:00:00Z', NULL, NULL, '订单', 'CANCELED', 'SKIPPED: busy', NULL, '[]', NULL, NULL, NULL, false),
               ('e missed', 'c1', '2026-11-21T02:00:00Z', NULL, NULL, '订单', 'CANCELED', 'MISSED: 3', NULL, '[]', NULL, NULL, NULL, false),
               ('f pending', 'c1', '2026-11-21T02:00:00Z', NULL, NULL, '订单', 'PENDING', NULL, NULL, '[]', NULL, NULL, NULL, false),
               ('g running', 'c1', '2026-11-21T02:00:00Z', NULL, NULL, '订单', 'RUNNING', NULL, NULL, '[]', NULL, NULL, NULL, false),
               ('h failed with the word', 'c1', '2026-11-21T02:00:00Z', NULL, NULL, '订单', 'FAILED', 'SKIPPED: odd', NULL, '[]', NULL, NULL, NULL, false),
               ('i deleted', 'c1', '2026-11-21T02:00:00Z', NULL, NULL, '订单', 'SUCCESS', NULL, NULL, '[]', NULL, NULL, NULL, true),
               ('j manual', NULL, '2026-11-21T02:00:00Z', NULL, NULL, '订单', 'SUCCESS', NULL, NULL, '[]', NULL, NULL, NULL, false),
               ('k of an older platform', NULL, '2026-11-21T02:00:00Z', NULL, NULL, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, false);
        INSERT INTO backup_verification (id, job_id, verification_type, verification_status, verification_result, duration_ms, verified_at, verified_by)
        VALUES ('v', 'a success', 'checksum', 'passed', 'read "all"', 12, '2026-11-21T02:02:00Z', 'node');
        """;

    private TestDatabase _database = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync(postgres);
        await _database.ExecuteAsync(Rows);
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Theory]
    [InlineData("backup_management.backup_records",
        "backup_id,database_name,backup_type,backup_method,backup_file_path,backup_size,start_time,end_time,duration,status,error_message,checksum,created_at")]
    [InlineData("backup_management.backup_verifications", "verification_id,backup_id,verification_type,verification_status,verification_result,verified_at,verified_by")]
    [InlineData("enterprise_backup.backup_jobs",
        "job_id,job_name,database_name,backup_type,backup_method,schedule_cron,time_zone,retention_days,is_active,last_run_time,next_run_time,created_at,updated_at")]
    [InlineData("enterprise_backup.backup_job_executions",
        "execution_id,job_id,start_time,end_time,duration,status,error_message,backup_file_path,backup_size,checksum,scheduled_time,created_at")]
    public async Task The_columns_are_those_that_people_know(string view, string columns) => string.Join(',', await _database.ListAsync(
        $"SELECT column_name FROM information_schema.columns WHERE table_schema || '.' || table_name = '{view}' ORDER BY ordinal_position")).ShouldBe(columns);

    [Fact]
    public async Task Every_state_has_its_word()
    {
        (await _database.ListAsync("SELECT backup_id || ': ' || status FROM backup_management.backup_records ORDER BY backup_id")).ShouldBe([
            "a success: completed", "b failed: failed", "c canceled: failed", "d skipped: failed", "e missed: failed", "f pending: running", "g running: running",
            "h failed with the word: failed", "j manual: completed", "k of an older platform: failed"]);
        (await _database.ListAsync("SELECT execution_id || ': ' || status FROM enterprise_backup.backup_job_executions ORDER BY execution_id")).ShouldBe([
            "a success: completed", "b failed: failed", "c canceled: failed", "d skipped: skipped", "e missed: skipped", "f pending: running", "g running: running",
            "h failed with the word: failed"]);
    }

    [Fact]
    public async Task A_record_shows_its_size_duration_and_first_place()
    {
        (await _database.ListAsync("""
            SELECT concat_ws('|', database_name, backup_type, backup_method, backup_file_path, backup_size, duration, checksum, error_message)
            FROM backup_management.backup_records WHERE backup_id < 'c' ORDER BY backup_id
            """)).ShouldBe(["订单|full|pg_dump|/f|7|00:01:30|ab", "订单|full|pg_dump|oss://b/k|DISK_FULL: no"]);
        (await _database.ListAsync("""
            SELECT concat_ws('|', job_id, backup_file_path, backup_size, duration, scheduled_time AT TIME ZONE 'UTC')
            FROM enterprise_backup.backup_job_executions WHERE execution_id = 'a success'
            """)).ShouldBe(["c1|/f|7|00:01:30|2026-11-21 01:59:00"]);
        (await _database.ListAsync("SELECT concat_ws('|', verification_id, backup_id, verification_type, verification_status, verification_result, verified_by) FROM backup_management.backup_verifications"))
            .ShouldBe(["""v|a success|checksum|passed|{"message": "read \"all\"", "duration_ms": 12}|node"""]);
    }

    [Fact]
    public async Task A_config_shows_its_schedule_and_how_many_days_are_kept_where_that_is_one_number() => (await _database.ListAsync("""
        SELECT concat_ws('|', job_id, job_name, database_name, backup_type, coalesce(schedule_cron, '-'), time_zone, coalesce(retention_days::text, '-'), is_active,
            coalesce((next_run_time AT TIME ZONE 'UTC')::text, '-'), coalesce((last_run_time AT TIME ZONE 'UTC')::text, '-')) FROM enterprise_backup.backup_jobs ORDER BY job_id
        """)).ShouldBe([
        "c1|nightly|订单|full|0 2 * * *|Asia/Shanghai|30|t|2026-11-22 18:00:05|2026-11-21 18:00:05", "c2|by hand|订单|schema_only|-|UTC|-|f|-|-",
        "c3|keeps all|订单|full|-|UTC|-|t|-|-"]);

    [Fact]
    public async Task Every_schema_view_column_and_function_has_a_comment_in_Chinese()
    {
        const string ours = "n.nspname IN ('backup_management', 'enterprise_backup')";
        (await _database.ListAsync($"""
            SELECT n.nspname FROM pg_namespace n WHERE {ours} AND coalesce(obj_description(n.oid, 'pg_namespace'), '') !~ '[一-龥]'
            UNION ALL
            SELECT c.relname || '.' || a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
            WHERE {ours} AND (coalesce(col_description(c.oid, a.attnum), '') !~ '[一-龥]' OR coalesce(obj_description(c.oid, 'pg_class'), '') !~ '[一-龥]')
            UNION ALL
            SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE ({ours} OR p.proname LIKE 'record\_backup%') AND coalesce(obj_description(p.oid, 'pg_proc'), '') !~ '[一-龥]'
            """)).ShouldBeEmpty();
        (await _database.AskAsync<long>("SELECT count(*) FROM pg_proc WHERE proname LIKE 'record\\_backup%'")).ShouldBe(6);
    }
}
