using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Migrations;

[DbContext(typeof(BackupDbContext))]
[Migration("202611210910_CreateDatabaseSource")]
public sealed class CreateDatabaseSource : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            "database_source",
            table => new
            {
                id = table.Column<string>("character varying(36)", nullable: false, comment: "数据源编号（UUID）"),
                name = table.Column<string>("text", nullable: false, comment: "名称，唯一"),
                host = table.Column<string>("text", nullable: false, comment: "主机名、IP 地址或 Unix 套接字目录"),
                port = table.Column<int>("integer", nullable: false, comment: "端口"),
                database = table.Column<string>("text", nullable: false, comment: "数据库名"),
                user_name = table.Column<string>("text", nullable: false, comment: "连接用户"),
                encrypted_password = table.Column<string>("text", nullable: true, comment: "加密后的密码；为空表示不需要密码"),
                create_time = table.Column<DateTimeOffset>("timestamptz", nullable: false, defaultValueSql: "now()", comment: "创建时间"),
                update_time = table.Column<DateTimeOffset>("timestamptz", nullable: false, defaultValueSql: "now()", comment: "更新时间"),
            },
            constraints: table =>
            {
                table.PrimaryKey("pk_database_source", row => row.id);
                table.CheckConstraint("ck_database_source_port", "port BETWEEN 1 AND 65535");
            },
            comment: "需要备份的数据库（数据源）");
        migrationBuilder.CreateIndex("ux_database_source_name", "database_source", "name", unique: true);
    }

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropTable("database_source");
}
