using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Migrations;

/// <summary>The configs of automatic backups, and where each of them goes.</summary>
[DbContext(typeof(BackupDbContext))]
[Migration("202611211200_CreateConfigs")]
public sealed class CreateConfigs : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        CreateConfig(migrationBuilder);
        CreateConfigStore(migrationBuilder);
        migrationBuilder.Sql("""
            -- What is due, soonest first: a node looks every second, and reads only what it starts.
            CREATE INDEX ix_backup_config_due ON backup_config (next_run_at) WHERE enabled AND next_run_at IS NOT NULL;
            CREATE INDEX ix_backup_config_source ON backup_config (source_id);
            CREATE INDEX ix_backup_config_store_store ON backup_config_store (store_id);
            CREATE TRIGGER tr_backup_config_update_time BEFORE UPDATE ON backup_config
                FOR EACH ROW EXECUTE FUNCTION set_update_time();
            -- NOT VALID: rows of an older platform may name configs that were never here.
            ALTER TABLE db_backup_job ADD CONSTRAINT fk_db_backup_job_config FOREIGN KEY (config_id) REFERENCES backup_config (id) ON DELETE SET NULL NOT VALID;
            """);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql("ALTER TABLE db_backup_job DROP CONSTRAINT fk_db_backup_job_config;");
        migrationBuilder.DropTable("backup_config_store");
        migrationBuilder.DropTable("backup_config");
    }

    private static void CreateConfig(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            "backup_config",
            table => new
            {
                id = table.Column<string>("character varying(36)", nullable: false, comment: "配置编号（UUID）"),
                name = table.Column<string>("text", nullable: false, comment: "名称，唯一"),
                source_id = table.Column<string>("character varying(36)", nullable: false, comment: "数据源编号"),
                type = table.Column<string>("text", nullable: false, comment: "备份类型：full、schema_only、data_only"),
                format = table.Column<string>("text", nullable: false, comment: "转储格式：custom、plain、directory"),
                jobs = table.Column<int>("integer", nullable: false, comment: "并行连接数"),
                compression = table.Column<string>("text", nullable: false, comment: "压缩方式：none、gzip:0-9、zstd:1-19"),
                include_globals = table.Column<bool>("boolean", nullable: false, comment: "是否包含角色等全局对象"),
                recipients = table.Column<string>("jsonb", nullable: false, defaultValueSql: "'[]'", comment: "附加的 age 公钥（JSON 数组）"),
                schedule = table.Column<string>("text", nullable: true, comment: "计划：五段 cron、@daily 等或自然语言；为空表示仅手动运行"),
                time_zone = table.Column<string>("text", nullable: false, comment: "计划与保留周期所用的时区（IANA 名称）"),
                jitter_sec = table.Column<int>("integer", nullable: false, comment: "错开启动的最大秒数"),
                windows = table.Column<string>("jsonb", nullable: false, defaultValueSql: "'[]'", comment: "维护窗口（JSON 数组）：其间不启动备份"),
                run_missed = table.Column<bool>("boolean", nullable: false, comment: "停机期间错过的运行是否在启动后补一次"),
                when_busy = table.Column<string>("text", nullable: false, comment: "数据源正在备份时：wait 等待、skip 跳过"),
                retention = table.Column<string>("jsonb", nullable: true, comment: "保留规则（JSON）；为空表示全部保留"),
                time_limit_sec = table.Column<int>("integer", nullable: true, comment: "单次运行的时限（秒）；为空用服务的设置"),
                retries = table.Column<int>("integer", nullable: false, comment: "失败后自动重试的次数"),
                retry_delay_sec = table.Column<int>("integer", nullable: false, comment: "首次重试前的等待（秒），以后每次加倍"),
                priority = table.Column<int>("integer", nullable: false, comment: "优先级：大者先运行"),
                wanted_node = table.Column<string>("text", nullable: true, comment: "指定运行的节点；为空不限"),
                wanted_label = table.Column<string>("text", nullable: true, comment: "指定节点须有的标签；为空不限"),
                path_template = table.Column<string>("text", nullable: true, comment: "文件路径模板；为空用默认文件名"),
                description_template = table.Column<string>("text", nullable: false, comment: "自动备份的说明模板"),
                enabled = table.Column<bool>("boolean", nullable: false, comment: "是否启用"),
                is_configured = table.Column<bool>("boolean", nullable: false, defaultValue: false, comment: "是否由配置文件定义；若是则不能通过接口修改"),
                next_for = table.Column<DateTimeOffset>("timestamptz", nullable: true, comment: "下一次计划时间（UTC），未加错开与窗口"),
                next_run_at = table.Column<DateTimeOffset>("timestamptz", nullable: true, comment: "下一次实际启动时间（UTC）"),
                last_run_at = table.Column<DateTimeOffset>("timestamptz", nullable: true, comment: "最近一次按计划启动的时间（UTC）"),
                last_error = table.Column<string>("text", nullable: true, comment: "最近一次未能按计划启动的原因，形式为“代码: 说明”"),
                retention_at = table.Column<DateTimeOffset>("timestamptz", nullable: true, comment: "最近一次执行保留规则的时间（UTC）"),
                create_time = table.Column<DateTimeOffset>("timestamptz", nullable: false, defaultValueSql: "now()", comment: "创建时间"),
                update_time = table.Column<DateTimeOffset>("timestamptz", nullable: false, defaultValueSql: "now()", comment: "更新时间（由触发器维护）"),
            },
            constraints: table =>
            {
                table.PrimaryKey("pk_backup_config", row => row.id);
                table.ForeignKey("fk_backup_config_source", row => row.source_id, "database_source", "id", onDelete: ReferentialAction.Restrict);
                table.CheckConstraint("ck_backup_config_when_busy", "when_busy IN ('wait', 'skip')");
                table.CheckConstraint("ck_backup_config_numbers", "jitter_sec >= 0 AND retries >= 0 AND retry_delay_sec >= 0 AND time_limit_sec > 0");
                table.CheckConstraint("ck_backup_config_next", "(next_for IS NULL) = (next_run_at IS NULL)");
            },
            comment: "备份配置：自动备份的内容、时间、去处与保留");
        migrationBuilder.CreateIndex("ux_backup_config_name", "backup_config", "name", unique: true);
    }

    private static void CreateConfigStore(MigrationBuilder migrationBuilder) => migrationBuilder.CreateTable(
        "backup_config_store",
        table => new
        {
            config_id = table.Column<string>("character varying(36)", nullable: false, comment: "配置编号"),
            store_id = table.Column<string>("character varying(36)", nullable: false, comment: "存储编号"),
            retention = table.Column<string>("jsonb", nullable: true, comment: "该存储的保留规则（JSON）；为空用配置的规则"),
        },
        constraints: table =>
        {
            table.PrimaryKey("pk_backup_config_store", row => new { row.config_id, row.store_id });
            table.ForeignKey("fk_backup_config_store_config", row => row.config_id, "backup_config", "id", onDelete: ReferentialAction.Cascade);
            table.ForeignKey("fk_backup_config_store_store", row => row.store_id, "backup_store", "id", onDelete: ReferentialAction.Restrict);
        },
        comment: "备份配置的去处：没有行时用默认存储");
}
