using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Migrations;

/// <summary>The table that platforms already read. Where one of them has made it, it is adopted with its rows.</summary>
[DbContext(typeof(BackupDbContext))]
[Migration("202611210900_CreateDbBackupJob")]
public sealed class CreateDbBackupJob : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        CREATE TABLE IF NOT EXISTS db_backup_job (
            id varchar(36) PRIMARY KEY,
            started_at timestamptz NOT NULL,
            finished_at timestamptz,
            duration_sec bigint,
            database text,
            mode text,
            status text,
            size_bytes bigint,
            local_file text,
            remote_urls jsonb,
            checksum text,
            error_msg text,
            create_time timestamptz NOT NULL DEFAULT now(),
            update_time timestamptz NOT NULL DEFAULT now(),
            deleted boolean NOT NULL DEFAULT false);
        COMMENT ON TABLE db_backup_job IS '数据库备份任务：每次备份运行一行';
        COMMENT ON COLUMN db_backup_job.id IS '任务编号（UUID）';
        COMMENT ON COLUMN db_backup_job.started_at IS '开始时间（UTC）；排队时为请求时间';
        COMMENT ON COLUMN db_backup_job.finished_at IS '结束时间（UTC）；未结束为空';
        COMMENT ON COLUMN db_backup_job.duration_sec IS '耗时（秒）';
        COMMENT ON COLUMN db_backup_job.database IS '数据库名';
        COMMENT ON COLUMN db_backup_job.mode IS '存储方式：local、oss 或 both';
        COMMENT ON COLUMN db_backup_job.status IS '状态：PENDING、RUNNING、SUCCESS、FAILED、CANCELED';
        COMMENT ON COLUMN db_backup_job.size_bytes IS '备份文件大小（字节）';
        COMMENT ON COLUMN db_backup_job.local_file IS '本地备份文件路径';
        COMMENT ON COLUMN db_backup_job.remote_urls IS '远端地址（JSON 数组）';
        COMMENT ON COLUMN db_backup_job.checksum IS '备份文件的 SHA-256（十六进制）';
        COMMENT ON COLUMN db_backup_job.error_msg IS '错误信息，形式为“代码: 说明”';
        COMMENT ON COLUMN db_backup_job.create_time IS '记录创建时间';
        COMMENT ON COLUMN db_backup_job.update_time IS '记录更新时间（由触发器维护）';
        COMMENT ON COLUMN db_backup_job.deleted IS '是否已删除（文件已删，记录保留）';
        """);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropTable("db_backup_job");
}
