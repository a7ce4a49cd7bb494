using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Migrations;

/// <summary>Which report files were seen and what became of them; the refused ones are what <c>/api/report-errors</c> lists.</summary>
[DbContext(typeof(BackupDbContext))]
[Migration("202611211000_CreateReportFile")]
public sealed class CreateReportFile : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            "report_file",
            table => new
            {
                path = table.Column<string>("text", nullable: false, comment: "报告文件路径（文件名含主机名，故各节点唯一）"),
                node = table.Column<string>("text", nullable: false, comment: "记录该文件的节点"),
                size_bytes = table.Column<long>("bigint", nullable: false, comment: "文件大小（字节）"),
                modified_at = table.Column<DateTimeOffset>("timestamptz", nullable: false, comment: "文件修改时间（UTC）"),
                sha256 = table.Column<string>("text", nullable: true, comment: "文件内容的 SHA-256（十六进制）；未能读取则为空"),
                status = table.Column<string>("text", nullable: false, comment: "结果：loaded 已载入、error 未载入"),
                code = table.Column<string>("text", nullable: true, comment: "错误代码"),
                place = table.Column<string>("text", nullable: true, comment: "错误位置：JSON 路径或行与字节"),
                reason = table.Column<string>("text", nullable: true, comment: "错误原因"),
                job_id = table.Column<string>("character varying(36)", nullable: true, comment: "对应的备份任务编号"),
                seen_at = table.Column<DateTimeOffset>("timestamptz", nullable: false, defaultValueSql: "now()", comment: "最近一次读取时间（UTC）"),
            },
            constraints: table =>
            {
                table.PrimaryKey("pk_report_file", row => row.path);
                table.CheckConstraint("ck_report_file_status", "status IN ('loaded', 'error')");
                table.CheckConstraint("ck_report_file_error", "status = 'loaded' OR (code IS NOT NULL AND reason IS NOT NULL)");
            },
            comment: "报告文件：每个已扫描的文件一行");
        migrationBuilder.Sql("""
            CREATE INDEX ix_report_file_error ON report_file (seen_at DESC, path) WHERE status = 'error';
            -- Rows of an older platform, which know no host: a report finds its row by database and start, and names it.
            CREATE INDEX ix_db_backup_job_adopted ON db_backup_job (database, started_at) WHERE run_key IS NULL AND trigger = 'reported' AND host = '';
            """);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql("DROP INDEX ix_db_backup_job_adopted;");
        migrationBuilder.DropTable("report_file");
    }
}
