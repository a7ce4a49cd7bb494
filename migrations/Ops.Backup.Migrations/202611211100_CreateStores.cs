using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Migrations;

/// <summary>The stores, the copies of artifacts in them, and how full they are.</summary>
[DbContext(typeof(BackupDbContext))]
[Migration("202611211100_CreateStores")]
public sealed class CreateStores : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        CreateStore(migrationBuilder);
        CreateCopy(migrationBuilder);
        CreateUsage(migrationBuilder);
        AddRecipients(migrationBuilder);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropColumn("recipients", "db_backup_job");
        migrationBuilder.DropTable("store_usage");
        migrationBuilder.DropTable("backup_copy");
        migrationBuilder.DropTable("backup_store");
    }

    private static void CreateStore(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            "backup_store",
            table => new
            {
                id = table.Column<string>("character varying(36)", nullable: false, comment: "存储编号（UUID）"),
                name = table.Column<string>("text", nullable: false, comment: "名称，唯一"),
                // Generated, so that it can't contradict the settings, which say themselves what kind they are of.
                kind = table.Column<string>("text", nullable: false, computedColumnSql: "settings ->> 'kind'", stored: true, comment: "类型：local、oss、s3、rclone（由设置得出）"),
                settings = table.Column<string>("jsonb", nullable: false, comment: "设置（JSON，含类型 kind；不含凭据）"),
                encrypted_credentials = table.Column<string>("text", nullable: true, comment: "加密后的凭据；为空表示不需要凭据"),
                recipients = table.Column<string>("jsonb", nullable: false, defaultValueSql: "'[]'", comment: "age 公钥（JSON 数组）；为空数组表示不加密"),
                bytes_per_second = table.Column<long>("bigint", nullable: true, comment: "每个备份的上传限速（字节每秒）；为空表示不限"),
                is_default = table.Column<bool>("boolean", nullable: false, defaultValue: false, comment: "未指定存储的备份是否存到这里"),
                is_configured = table.Column<bool>("boolean", nullable: false, defaultValue: false, comment: "是否由服务配置定义；若是则每次启动时更新，不能通过接口修改"),
                was_configured = table.Column<bool>("boolean", nullable: false, defaultValue: false, comment: "是否曾由服务配置定义；配置恢复后可重新接管"),
                create_time = table.Column<DateTimeOffset>("timestamptz", nullable: false, defaultValueSql: "now()", comment: "创建时间"),
                update_time = table.Column<DateTimeOffset>("timestamptz", nullable: false, defaultValueSql: "now()", comment: "更新时间"),
            },
            constraints: table =>
            {
                table.PrimaryKey("pk_backup_store", row => row.id);
                table.CheckConstraint("ck_backup_store_kind", "kind IN ('local', 'oss', 's3', 'rclone')");
                table.CheckConstraint("ck_backup_store_settings", "jsonb_typeof(settings) = 'object'");
                table.CheckConstraint("ck_backup_store_recipients", "jsonb_typeof(recipients) = 'array'");
                table.CheckConstraint("ck_backup_store_bytes_per_second", "bytes_per_second > 0");
            },
            comment: "备份存储：备份副本存放的位置");
        migrationBuilder.CreateIndex("ux_backup_store_name", "backup_store", "name", unique: true);
    }

    private static void CreateCopy(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            "backup_copy",
            table => new
            {
                job_id = table.Column<string>("character varying(36)", nullable: false, comment: "备份任务编号"),
                store_id = table.Column<string>("character varying(36)", nullable: false, comment: "存储编号"),
                store_name = table.Column<string>("text", nullable: false, comment: "当时的存储名称"),
                kind = table.Column<string>("text", nullable: false, comment: "存储类型：local、oss、s3、rclone"),
                status = table.Column<string>("text", nullable: false, defaultValue: "pending", comment: "状态：pending 等待、syncing 同步中、completed 已完成、failed 失败"),
                url = table.Column<string>("text", nullable: true, comment: "副本地址"),
                size_bytes = table.Column<long>("bigint", nullable: true, comment: "存储返回的大小（字节）"),
                checksum = table.Column<string>("text", nullable: true, comment: "存储返回的校验和，原样保存"),
                error_msg = table.Column<string>("text", nullable: true, comment: "错误信息，形式为“代码: 说明”"),
                attempts = table.Column<int>("integer", nullable: false, defaultValue: 0, comment: "已尝试次数"),
                next_try_at = table.Column<DateTimeOffset>("timestamptz", nullable: true, comment: "下次重试时间（UTC）；为空表示不再重试"),
                claimed_by = table.Column<string>("text", nullable: true, comment: "正在处理该副本的节点（本次运行）"),
                claimed_until = table.Column<DateTimeOffset>("timestamptz", nullable: true, comment: "处理权到期时间（UTC）"),
                node = table.Column<string>("text", nullable: true, comment: "本地副本所在的节点"),
                finished_at = table.Column<DateTimeOffset>("timestamptz", nullable: true, comment: "结束时间（UTC）"),
                create_time = table.Column<DateTimeOffset>("timestamptz", nullable: false, defaultValueSql: "now()", comment: "创建时间"),
                update_time = table.Column<DateTimeOffset>("timestamptz", nullable: false, defaultValueSql: "now()", comment: "更新时间（由触发器维护）"),
            },
            constraints: table =>
            {
                table.PrimaryKey("pk_backup_copy", row => new { row.job_id, row.store_id });
                table.ForeignKey("fk_backup_copy_job", row => row.job_id, "db_backup_job", "id", onDelete: ReferentialAction.Cascade);
                table.ForeignKey("fk_backup_copy_store", row => row.store_id, "backup_store", "id", onDelete: ReferentialAction.Restrict);
                table.CheckConstraint("ck_backup_copy_status", "status IN ('pending', 'syncing', 'completed', 'failed')");
                table.CheckConstraint("ck_backup_copy_size", "size_bytes >= 0");
                table.CheckConstraint("ck_backup_copy_attempts", "attempts >= 0");
                table.CheckConstraint("ck_backup_copy_kind", "kind IN ('local', 'oss', 's3', 'rclone')");
            },
            comment: "备份副本：一次备份在一个存储中的副本");
        migrationBuilder.Sql("""
            CREATE INDEX ix_backup_copy_store ON backup_copy (store_id, status);
            -- What is to be repaired, soonest first.
            CREATE INDEX ix_backup_copy_repair ON backup_copy (next_try_at) WHERE status = 'failed';
            CREATE TRIGGER tr_backup_copy_update_time BEFORE UPDATE ON backup_copy
                FOR EACH ROW EXECUTE FUNCTION set_update_time();
            """);
    }

    private static void AddRecipients(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<string>("recipients", "db_backup_job", "jsonb", nullable: false, defaultValueSql: "'[]'", comment: "加密所用的 age 公钥（JSON 数组）；为空数组表示未加密");
        migrationBuilder.Sql("CREATE INDEX ix_db_backup_job_recipients ON db_backup_job USING gin (recipients) WHERE recipients <> '[]' AND NOT deleted");
    }

    private static void CreateUsage(MigrationBuilder migrationBuilder) => migrationBuilder.CreateTable(
        "store_usage",
        table => new
        {
            store_id = table.Column<string>("character varying(36)", nullable: false, comment: "存储编号"),
            node = table.Column<string>("text", nullable: false, comment: "测量的节点；远端存储为空串"),
            measured_at = table.Column<DateTimeOffset>("timestamptz", nullable: false, comment: "测量时间（UTC）"),
            free_bytes = table.Column<long>("bigint", nullable: true, comment: "剩余空间（字节）；无法得知时为空"),
            total_bytes = table.Column<long>("bigint", nullable: true, comment: "总空间（字节）；无法得知时为空"),
            used_bytes = table.Column<long>("bigint", nullable: false, comment: "备份占用的空间（字节）"),
        },
        constraints: table =>
        {
            table.PrimaryKey("pk_store_usage", row => new { row.store_id, row.node, row.measured_at });
            table.ForeignKey("fk_store_usage_store", row => row.store_id, "backup_store", "id", onDelete: ReferentialAction.Cascade);
            table.CheckConstraint("ck_store_usage_bytes", "used_bytes >= 0 AND free_bytes >= 0 AND total_bytes >= 0");
        },
        comment: "存储用量：每次测量一行");
}
