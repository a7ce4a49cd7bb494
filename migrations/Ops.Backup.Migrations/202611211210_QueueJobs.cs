using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Migrations;

/// <summary>
/// The table of jobs becomes their queue: when each is due, which node may take it, how it is tried again, what keeps it from being
/// deleted. The tables of the job engine that was the queue before go; what it had queued is PENDING here.
/// </summary>
[DbContext(typeof(BackupDbContext))]
[Migration("202611211210_QueueJobs")]
public sealed class QueueJobs : Migration
{
    private static readonly (string Table, string Name, string Type, string Comment)[] Columns =
    [
        ("db_backup_job", "config_name", "text", "当时的配置名称"),
        ("db_backup_job", "scheduled_for", "timestamptz", "计划时间（UTC）；手动备份为空"),
        ("db_backup_job", "due_at", "timestamptz NOT NULL DEFAULT now()", "可以开始的最早时间（UTC）"),
        ("db_backup_job", "priority", "integer NOT NULL DEFAULT 0", "优先级：大者先运行"),
        ("db_backup_job", "wanted_node", "text", "指定运行的节点；为空不限"),
        ("db_backup_job", "wanted_label", "text", "指定节点须有的标签；为空不限"),
        ("db_backup_job", "time_limit_sec", "integer", "本次运行的时限（秒）；为空用服务的设置"),
        ("db_backup_job", "attempt", "integer NOT NULL DEFAULT 1", "第几次尝试"),
        ("db_backup_job", "retries", "integer NOT NULL DEFAULT 0", "失败后还可自动重试的次数"),
        ("db_backup_job", "retry_delay_sec", "integer NOT NULL DEFAULT 0", "下一次重试前的等待（秒）"),
        ("db_backup_job", "retry_at", "timestamptz", "将自动重试的时间（UTC）；不再重试则为空"),
        ("db_backup_job", "path_template", "text", "文件路径模板；为空用默认文件名"),
        ("db_backup_job", "hold_until", "timestamptz", "保留至（UTC）：此前不删除"),
        ("db_backup_job", "hold_reason", "text", "保留原因"),
        ("db_backup_job", "delete_error", "text", "最近一次删除失败的原因，形式为“代码: 说明”"),
        ("db_backup_job", "delete_attempts", "integer NOT NULL DEFAULT 0", "删除失败的次数"),
        ("db_backup_job", "delete_retry_at", "timestamptz", "下一次重试删除的时间（UTC）；没有待删除则为空"),
        ("db_backup_job", "deleted_at", "timestamptz", "删除时间（UTC）"),
        ("db_backup_job", "delete_reason", "text", "删除原因：手动或保留规则"),
        ("backup_store", "max_concurrent", "integer CHECK (max_concurrent > 0)", "同时写入该存储的备份数上限；为空不限"),
        ("service_node", "role", "text NOT NULL DEFAULT 'both'", "角色：api、worker 或 both"),
        ("service_node", "labels", "jsonb NOT NULL DEFAULT '[]'", "标签（JSON 数组）"),
        ("service_node", "stopping", "boolean NOT NULL DEFAULT false", "是否正在停止：不再领取任务"),
        ("service_node", "clock_offset_ms", "bigint NOT NULL DEFAULT 0", "节点时钟比数据库快的毫秒数"),
    ];

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        foreach (var (table, name, type, comment) in Columns)
        {
            migrationBuilder.Sql($"ALTER TABLE {table} ADD COLUMN {name} {type};");
            migrationBuilder.Sql($"COMMENT ON COLUMN {table}.{name} IS '{comment}';");
        }
        migrationBuilder.Sql("""
            ALTER TABLE service_node ADD CONSTRAINT ck_service_node_role CHECK (role IN ('api', 'worker', 'both'));
            ALTER TABLE db_backup_job
                ADD CONSTRAINT ck_db_backup_job_attempt CHECK (attempt >= 1 AND retries >= 0 AND retry_delay_sec >= 0) NOT VALID,
                ADD CONSTRAINT ck_db_backup_job_hold CHECK (hold_until IS NULL OR hold_reason IS NOT NULL) NOT VALID;
            -- The order in which waiting jobs run: by priority, then by age.
            CREATE INDEX ix_db_backup_job_queue ON db_backup_job (priority DESC, due_at, id) WHERE status = 'PENDING';
            -- A scheduled time gives one run, however many nodes look at it; its retries name the run, and that it was missed is no run.
            CREATE UNIQUE INDEX ux_db_backup_job_scheduled ON db_backup_job (config_id, scheduled_for)
                WHERE scheduled_for IS NOT NULL AND retry_of IS NULL AND coalesce(error_msg, '') NOT LIKE 'MISSED:%';
            CREATE INDEX ix_db_backup_job_retry ON db_backup_job (retry_at) WHERE retry_at IS NOT NULL;
            CREATE INDEX ix_db_backup_job_delete ON db_backup_job (delete_retry_at) WHERE delete_retry_at IS NOT NULL;
            CREATE INDEX ix_db_backup_job_config_started ON db_backup_job (config_id, started_at DESC, id DESC) WHERE NOT deleted;
            DROP SCHEMA quartz CASCADE;
            """);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.EnsureSchema("quartz");
        foreach (var (table, name, _, _) in Columns) migrationBuilder.Sql($"ALTER TABLE {table} DROP COLUMN {name};");
    }
}
