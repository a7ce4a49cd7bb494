using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Migrations;

/// <summary>
/// Scripts that know nothing but SQL record their backups by these functions. They run with their owner's rights, so that a role needs
/// nothing but EXECUTE, which nobody has until it is granted; every name in them is qualified or of pg_catalog.
/// </summary>
[DbContext(typeof(BackupDbContext))]
[Migration("202611211230_CreateRecordFunctions")]
public sealed class CreateRecordFunctions : Migration
{
    private const string StartParameters =
        "database_name text, backup_type text DEFAULT 'full', backup_method text DEFAULT 'pg_dump', backup_file_path text DEFAULT NULL, host text DEFAULT NULL, port integer DEFAULT 5432, description text DEFAULT NULL";

    private const string CompleteParameters = "backup_id text, backup_size bigint, checksum text DEFAULT NULL, backup_file_path text DEFAULT NULL";

    private const string FailureParameters = "backup_id text, error_message text DEFAULT NULL";

    private const string Trusted = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp";

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql("""
            ALTER TABLE db_backup_job ADD COLUMN recorded_by text;
            COMMENT ON COLUMN db_backup_job.recorded_by IS '用 SQL 函数登记该备份的数据库角色；其他备份为空';
            """);
        CreateChecks(migrationBuilder);
        CreateStart(migrationBuilder);
        CreateComplete(migrationBuilder);
        CreateFailure(migrationBuilder);
        // The same names without their schema. They add no right: whoever may not call the real one is refused by it.
        CreateShort(migrationBuilder, "record_backup_start", StartParameters, "text", 7, "登记备份开始（见 backup_management.record_backup_start）");
        CreateShort(migrationBuilder, "record_backup_complete", CompleteParameters, "void", 4, "登记备份完成（见 backup_management.record_backup_complete）");
        CreateShort(migrationBuilder, "record_backup_failure", FailureParameters, "void", 2, "登记备份失败（见 backup_management.record_backup_failure）");
        migrationBuilder.Sql("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA backup_management FROM PUBLIC;");
    }

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        DROP FUNCTION public.record_backup_start, public.record_backup_complete, public.record_backup_failure,
            backup_management.record_backup_start, backup_management.record_backup_complete, backup_management.record_backup_failure,
            backup_management.checked_path, backup_management.refuse_end;
        ALTER TABLE db_backup_job DROP COLUMN recorded_by;
        """);

    private static void CreateChecks(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        CREATE FUNCTION backup_management.checked_path(path text) RETURNS text LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF length(path) > 4096 THEN
                RAISE EXCEPTION 'backup_file_path has % characters; it has at most 4096.', length(path) USING ERRCODE = 'invalid_parameter_value';
            END IF;
            IF path ~ '(^|/)\.\.(/|$)' THEN
                RAISE EXCEPTION 'backup_file_path is "%"; a path has no "..".', path USING ERRCODE = 'invalid_parameter_value';
            END IF;
            RETURN nullif(path, '');
        END $$;
        COMMENT ON FUNCTION backup_management.checked_path IS '检查备份文件路径；空串视为没有';

        CREATE FUNCTION backup_management.refuse_end(backup_id text) RETURNS void LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            state text;
        BEGIN
            SELECT j.status INTO state FROM public.db_backup_job j WHERE j.id = refuse_end.backup_id AND j.recorded_by IS NOT NULL AND NOT j.deleted;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'There is no backup "%" that was recorded by record_backup_start.', backup_id USING ERRCODE = 'no_data_found';
            END IF;
            RAISE EXCEPTION 'Backup "%" has ended already; it is %.', backup_id, state USING ERRCODE = 'object_not_in_prerequisite_state';
        END $$;
        COMMENT ON FUNCTION backup_management.refuse_end IS '说明为何不能登记该备份的结束';
        """);

    // A script that dies never says so: after a day without an end the reaper ends the run, as it does with a node's that ran out of its lease.
    private static void CreateStart(MigrationBuilder migrationBuilder) => migrationBuilder.Sql($"""
        CREATE FUNCTION backup_management.record_backup_start({StartParameters}) RETURNS text LANGUAGE plpgsql {Trusted} AS $$
        DECLARE
            new_id CONSTANT text := gen_random_uuid()::text;
            wanted_type CONSTANT text := coalesce(backup_type, 'full');
            wanted_method CONSTANT text := coalesce(backup_method, 'pg_dump');
            wanted_port CONSTANT integer := coalesce(record_backup_start.port, 5432);
            -- A script runs on the database's host more often than elsewhere.
            wanted_host CONSTANT text := coalesce(nullif(record_backup_start.host, ''), host(inet_client_addr()), 'localhost');
            path CONSTANT text := backup_management.checked_path(backup_file_path);
            is_remote CONSTANT boolean := coalesce(path ~ '^[A-Za-z][A-Za-z0-9+.-]*://', false);
            started CONSTANT timestamptz := clock_timestamp();
        BEGIN
            IF coalesce(database_name, '') = '' OR length(database_name) > 255 THEN
                RAISE EXCEPTION 'database_name is "%"; it has 1 to 255 characters.', left(database_name, 300) USING ERRCODE = 'invalid_parameter_value';
            END IF;
            IF wanted_type NOT IN ('full', 'incremental', 'differential', 'schema_only', 'data_only', 'wal') THEN
                RAISE EXCEPTION 'backup_type is "%"; it is one of full, incremental, differential, schema_only, data_only, wal.', wanted_type USING ERRCODE = 'invalid_parameter_value';
            END IF;
            IF wanted_method NOT IN ('pg_dump', 'pg_basebackup', 'continuous_archiving') THEN
                RAISE EXCEPTION 'backup_method is "%"; it is one of pg_dump, pg_basebackup, continuous_archiving.', wanted_method USING ERRCODE = 'invalid_parameter_value';
            END IF;
            IF length(wanted_host) > 255 THEN
                RAISE EXCEPTION 'host has % characters; it has at most 255.', length(wanted_host) USING ERRCODE = 'invalid_parameter_value';
            END IF;
            IF wanted_port NOT BETWEEN 1 AND 65535 THEN
                RAISE EXCEPTION 'port is %; it goes from 1 to 65535.', wanted_port USING ERRCODE = 'invalid_parameter_value';
            END IF;
            IF length(record_backup_start.description) > 4000 THEN
                RAISE EXCEPTION 'description has % characters; it has at most 4000.', length(record_backup_start.description) USING ERRCODE = 'invalid_parameter_value';
            END IF;
            INSERT INTO public.db_backup_job (id, database, host, port, trigger, type, method, tool, status, mode, local_file, remote_urls, description, started_at, create_time,
                lease_until, recorded_by)
            VALUES (new_id, database_name, wanted_host, wanted_port::text, 'reported', wanted_type, wanted_method, wanted_method, 'RUNNING',
                CASE WHEN is_remote THEN 'oss' ELSE 'local' END, CASE WHEN NOT is_remote THEN path END, CASE WHEN is_remote THEN jsonb_build_array(path) ELSE '[]' END,
                nullif(record_backup_start.description, ''), started, started, started + interval '1 day', session_user);
            RETURN new_id;
        END $$;
        COMMENT ON FUNCTION backup_management.record_backup_start IS '登记备份开始，返回备份编号；一天内未登记结束则记为失败（ABANDONED）';
        """);

    private static void CreateComplete(MigrationBuilder migrationBuilder) => migrationBuilder.Sql($"""
        CREATE FUNCTION backup_management.record_backup_complete({CompleteParameters}) RETURNS void LANGUAGE plpgsql {Trusted} AS $$
        DECLARE
            path CONSTANT text := backup_management.checked_path(backup_file_path);
            is_remote CONSTANT boolean := coalesce(path ~ '^[A-Za-z][A-Za-z0-9+.-]*://', false);
            digest CONSTANT text := lower(nullif(record_backup_complete.checksum, ''));
            ended CONSTANT timestamptz := clock_timestamp();
        BEGIN
            IF backup_size IS NULL OR backup_size < 0 THEN
                RAISE EXCEPTION 'backup_size is %; it is a number of bytes, not negative.', coalesce(backup_size::text, 'missing') USING ERRCODE = 'invalid_parameter_value';
            END IF;
            IF length(digest) <> 64 OR digest ~ '[^0-9a-f]' THEN
                RAISE EXCEPTION 'checksum is "%"; it is a SHA-256 of 64 hexadecimal digits.', left(record_backup_complete.checksum, 100) USING ERRCODE = 'invalid_parameter_value';
            END IF;
            -- A run that was given up did end well after all.
            UPDATE public.db_backup_job j
            SET status = 'SUCCESS', error_msg = NULL, size_bytes = backup_size, checksum = digest, lease_until = NULL,
                finished_at = greatest(ended, j.started_at), duration_sec = round(extract(epoch FROM greatest(ended, j.started_at) - j.started_at)),
                mode = CASE WHEN path IS NULL THEN j.mode WHEN is_remote THEN 'oss' ELSE 'local' END,
                local_file = CASE WHEN path IS NULL THEN j.local_file WHEN NOT is_remote THEN path END,
                remote_urls = CASE WHEN path IS NULL THEN j.remote_urls WHEN is_remote THEN jsonb_build_array(path) ELSE '[]' END
            WHERE j.id = record_backup_complete.backup_id AND j.recorded_by IS NOT NULL AND NOT j.deleted
              AND (j.status = 'RUNNING' OR (j.status = 'FAILED' AND j.error_msg LIKE 'ABANDONED:%'));
            IF NOT FOUND THEN
                PERFORM backup_management.refuse_end(record_backup_complete.backup_id);
            END IF;
        END $$;
        COMMENT ON FUNCTION backup_management.record_backup_complete IS '登记备份完成：大小（字节）、SHA-256 与文件路径';
        """);

    private static void CreateFailure(MigrationBuilder migrationBuilder) => migrationBuilder.Sql($"""
        CREATE FUNCTION backup_management.record_backup_failure({FailureParameters}) RETURNS void LANGUAGE plpgsql {Trusted} AS $$
        DECLARE
            said CONSTANT text := coalesce(nullif(btrim(error_message), ''), 'The script gave no reason.');
            -- What a trap of a script has to say may be anything; it is never refused.
            reason CONSTANT text := CASE WHEN said ~ '^[A-Z][A-Z0-9_]*: ' THEN said ELSE 'SCRIPT_FAILED: ' || said END;
            ended CONSTANT timestamptz := clock_timestamp();
        BEGIN
            UPDATE public.db_backup_job j
            SET status = 'FAILED', error_msg = CASE WHEN length(reason) > 4000 THEN left(reason, 4000) || '…' ELSE reason END, lease_until = NULL,
                finished_at = greatest(ended, j.started_at), duration_sec = round(extract(epoch FROM greatest(ended, j.started_at) - j.started_at))
            WHERE j.id = record_backup_failure.backup_id AND j.recorded_by IS NOT NULL AND NOT j.deleted
              AND (j.status = 'RUNNING' OR (j.status = 'FAILED' AND j.error_msg LIKE 'ABANDONED:%'));
            IF NOT FOUND THEN
                PERFORM backup_management.refuse_end(record_backup_failure.backup_id);
            END IF;
        END $$;
        COMMENT ON FUNCTION backup_management.record_backup_failure IS '登记备份失败及原因；没有代码的原因记为“SCRIPT_FAILED: 原因”';
        """);

    private static void CreateShort(MigrationBuilder migrationBuilder, string name, string parameters, string result, int count, string comment) => migrationBuilder.Sql($"""
        CREATE FUNCTION public.{name}({parameters}) RETURNS {result} LANGUAGE sql SET search_path = pg_catalog, pg_temp AS
            'SELECT backup_management.{name}({string.Join(", ", Enumerable.Range(1, count).Select(number => $"${number}"))})';
        COMMENT ON FUNCTION public.{name} IS '{comment}';
        """);
}
