using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Migrations;

[DbContext(typeof(BackupDbContext))]
[Migration("202611210930_CreateBackupVerification")]
public sealed class CreateBackupVerification : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            "backup_verification",
            table => new
            {
                id = table.Column<string>("character varying(36)", nullable: false, comment: "校验编号（UUID）"),
                job_id = table.Column<string>("character varying(36)", nullable: false, comment: "备份任务编号"),
                verification_type = table.Column<string>("text", nullable: false, comment: "校验类型：checksum、integrity_check、restore_test"),
                verification_status = table.Column<string>("text", nullable: false, comment: "校验结果：passed 或 failed"),
                verification_result = table.Column<string>("text", nullable: false, comment: "校验说明"),
                duration_ms = table.Column<long>("bigint", nullable: false, comment: "耗时（毫秒）"),
                verified_at = table.Column<DateTimeOffset>("timestamptz", nullable: false, comment: "校验时间（UTC）"),
                verified_by = table.Column<string>("text", nullable: false, comment: "校验者：节点或用户"),
            },
            constraints: table =>
            {
                table.PrimaryKey("pk_backup_verification", row => row.id);
                table.ForeignKey("fk_backup_verification_job", row => row.job_id, "db_backup_job", "id", onDelete: ReferentialAction.Cascade);
                table.CheckConstraint("ck_backup_verification_type", "verification_type IN ('checksum', 'integrity_check', 'restore_test')");
                table.CheckConstraint("ck_backup_verification_status", "verification_status IN ('passed', 'failed')");
            },
            comment: "备份校验记录");
        migrationBuilder.CreateIndex("ix_backup_verification_job", "backup_verification", ["job_id", "verified_at"]);
    }

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropTable("backup_verification");
}
