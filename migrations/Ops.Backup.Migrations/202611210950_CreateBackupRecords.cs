using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Migrations;

/// <summary>People query backups by SQL under this name and with these columns.</summary>
[DbContext(typeof(BackupDbContext))]
[Migration("202611210950_CreateBackupRecords")]
public sealed class CreateBackupRecords : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        CREATE VIEW backup_records AS
        SELECT id,
               config_id,
               CASE trigger WHEN 'manual' THEN 'manual' ELSE 'automatic' END AS backup_type,
               CASE status WHEN 'SUCCESS' THEN 'completed' WHEN 'PENDING' THEN 'in_progress' WHEN 'RUNNING' THEN 'in_progress' ELSE 'failed' END AS backup_status,
               local_file AS backup_file_path,
               size_bytes AS backup_file_size,
               started_at AS backup_start_time,
               finished_at AS backup_end_time,
               description AS backup_description,
               error_msg AS error_message,
               create_time AS created_at,
               update_time AS updated_at
        FROM db_backup_job
        WHERE NOT deleted;
        COMMENT ON VIEW backup_records IS '备份记录（供 SQL 查询的视图，数据来自 db_backup_job）';
        COMMENT ON COLUMN backup_records.id IS '记录编号';
        COMMENT ON COLUMN backup_records.config_id IS '备份配置编号';
        COMMENT ON COLUMN backup_records.backup_type IS '触发方式：manual 手动、automatic 自动';
        COMMENT ON COLUMN backup_records.backup_status IS '状态：in_progress 进行中、completed 已完成、failed 失败';
        COMMENT ON COLUMN backup_records.backup_file_path IS '备份文件路径';
        COMMENT ON COLUMN backup_records.backup_file_size IS '备份文件大小（字节）';
        COMMENT ON COLUMN backup_records.backup_start_time IS '开始时间';
        COMMENT ON COLUMN backup_records.backup_end_time IS '结束时间';
        COMMENT ON COLUMN backup_records.backup_description IS '备份说明';
        COMMENT ON COLUMN backup_records.error_message IS '错误信息';
        COMMENT ON COLUMN backup_records.created_at IS '创建时间';
        COMMENT ON COLUMN backup_records.updated_at IS '更新时间';
        """);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("DROP VIEW backup_records;");
}
