using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Migrations;

/// <summary>
/// What the service needs beyond the reported columns: who asked and for what, the run's lease and progress, and the rules.
/// Rows that were there before are runs of host scripts. The checks are NOT VALID: they hold for every row written from now on,
/// and an old row that breaks one does not keep the service from starting.
/// </summary>
[DbContext(typeof(BackupDbContext))]
[Migration("202611210920_WidenDbBackupJob")]
public sealed class WidenDbBackupJob : Migration
{
    private static readonly (string Name, string Type, string Comment)[] Columns =
    [
        ("source_id", "varchar(36) REFERENCES database_source (id) ON DELETE SET NULL", "数据源编号；数据源删除后为空"),
        ("config_id", "varchar(36)", "备份配置编号；手动备份或配置删除后为空"),
        ("retry_of", "varchar(36)", "本次重试所对应的失败任务"),
        ("host", "text NOT NULL DEFAULT ''", "数据库主机"),
        ("port", "text NOT NULL DEFAULT ''", "数据库端口"),
        ("trigger", "text NOT NULL DEFAULT 'reported'", "触发方式：manual 手动、automatic 自动、reported 主机脚本上报"),
        ("type", "text NOT NULL DEFAULT 'full'", "备份类型：full、incremental、differential、schema_only、data_only、wal"),
        ("method", "text NOT NULL DEFAULT 'pg_dump'", "备份方法：pg_dump、pg_basebackup、continuous_archiving"),
        ("format", "text NOT NULL DEFAULT 'custom'", "转储格式：custom、plain、directory"),
        ("compression", "text NOT NULL DEFAULT 'gzip:9'", "压缩方式：none、gzip:0-9、zstd:1-19"),
        ("jobs", "integer NOT NULL DEFAULT 1", "并行连接数"),
        ("include_globals", "boolean NOT NULL DEFAULT false", "是否包含角色等全局对象"),
        ("request_key", "text", "相同请求的标识，用于防止重复运行"),
        ("description", "text", "备份说明"),
        ("tool", "text NOT NULL DEFAULT 'pg_dump'", "备份工具"),
        ("files", "jsonb NOT NULL DEFAULT '[]'", "备份产生的全部文件（JSON 数组）"),
        ("server_version", "text", "数据库服务器版本"),
        ("client_version", "text", "备份客户端版本"),
        ("node", "text", "执行节点"),
        ("base_name", "text", "备份文件的基本名"),
        ("log_file", "text", "运行日志路径"),
        ("report_file", "text", "JSON 报告路径"),
        ("report_modified_at", "timestamptz", "已载入报告的修改时间"),
        ("report_extra", "jsonb", "报告中的其他字段"),
        ("run_key", "text", "上报运行的唯一标识，保证每份报告只载入一次"),
        ("lease_owner", "text", "租约持有者（节点的本次运行）"),
        ("lease_until", "timestamptz", "租约到期时间"),
        ("cancel_requested", "boolean NOT NULL DEFAULT false", "是否请求取消"),
        ("phase", "text", "当前阶段"),
        ("bytes_so_far", "bigint NOT NULL DEFAULT 0", "已写入字节数"),
        ("estimated_bytes", "bigint", "预计字节数（上次相同备份的大小）"),
    ];

    private static readonly (string Name, string Rule)[] Checks =
    [
        ("size", "size_bytes >= 0"),
        ("duration", "duration_sec >= 0"),
        ("times", "finished_at >= started_at"),
        ("status", "status IN ('PENDING', 'RUNNING', 'SUCCESS', 'FAILED', 'CANCELED')"),
        ("unfinished", "status NOT IN ('PENDING', 'RUNNING') OR finished_at IS NULL"),
        ("trigger", "trigger IN ('manual', 'automatic', 'reported')"),
        ("type", "type IN ('full', 'incremental', 'differential', 'schema_only', 'data_only', 'wal')"),
        ("mode", "mode IN ('local', 'oss', 'both')"),
    ];

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        // An adopted table may keep the addresses as text or json.
        migrationBuilder.Sql("""
            ALTER TABLE db_backup_job
                ALTER COLUMN remote_urls TYPE jsonb USING coalesce(nullif(remote_urls::text, ''), '[]')::jsonb,
                ALTER COLUMN remote_urls SET DEFAULT '[]';
            UPDATE db_backup_job SET remote_urls = '[]' WHERE remote_urls IS NULL;
            """);
        foreach (var (name, type, comment) in Columns)
        {
            migrationBuilder.Sql($"ALTER TABLE db_backup_job ADD COLUMN IF NOT EXISTS {name} {type};");
            migrationBuilder.Sql($"COMMENT ON COLUMN db_backup_job.{name} IS '{comment}';");
        }
        foreach (var (name, rule) in Checks)
            migrationBuilder.Sql($"ALTER TABLE db_backup_job ADD CONSTRAINT ck_db_backup_job_{name} CHECK ({rule}) NOT VALID;");
        migrationBuilder.Sql("""
            -- One run of a source at a time, and one unfinished job of equal requests: held by the database, not by a lock that expires.
            CREATE UNIQUE INDEX ux_db_backup_job_running ON db_backup_job (source_id) WHERE status = 'RUNNING';
            CREATE UNIQUE INDEX ux_db_backup_job_equal ON db_backup_job (source_id, request_key) WHERE status IN ('PENDING', 'RUNNING');
            CREATE UNIQUE INDEX ux_db_backup_job_run ON db_backup_job (run_key) WHERE run_key IS NOT NULL;
            CREATE INDEX ix_db_backup_job_unfinished ON db_backup_job (status, create_time) WHERE status IN ('PENDING', 'RUNNING');

            CREATE FUNCTION set_update_time() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN NEW.update_time := now(); RETURN NEW; END';
            CREATE TRIGGER tr_db_backup_job_update_time BEFORE UPDATE ON db_backup_job
                FOR EACH ROW EXECUTE FUNCTION set_update_time();
            """);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql("""
            DROP TRIGGER tr_db_backup_job_update_time ON db_backup_job;
            DROP FUNCTION set_update_time();
            """);
        foreach (var (name, _) in Checks) migrationBuilder.Sql($"ALTER TABLE db_backup_job DROP CONSTRAINT ck_db_backup_job_{name};");
        foreach (var (name, _, _) in Columns) migrationBuilder.Sql($"ALTER TABLE db_backup_job DROP COLUMN {name};");
    }
}
