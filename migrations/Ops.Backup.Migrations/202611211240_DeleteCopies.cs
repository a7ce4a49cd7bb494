using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Migrations;

/// <summary>Retention deletes copies: a copy can be on its way out, and what retention writes does not count as a change of a config.</summary>
[DbContext(typeof(BackupDbContext))]
[Migration("202611211240_DeleteCopies")]
public sealed class DeleteCopies : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        ALTER TABLE backup_copy
            DROP CONSTRAINT ck_backup_copy_status,
            ADD CONSTRAINT ck_backup_copy_status CHECK (status IN ('pending', 'syncing', 'completed', 'failed', 'deleting'));
        COMMENT ON COLUMN backup_copy.status IS '状态：pending 等待、syncing 同步中、completed 已完成、failed 失败、deleting 删除中';
        COMMENT ON COLUMN db_backup_job.delete_reason IS '删除原因：manual 手动、retention 保留规则；deleted 为假时表示正在整体删除';
        -- Logs and reports of deleted runs, which their own node takes away.
        CREATE INDEX ix_db_backup_job_records ON db_backup_job (node) WHERE deleted AND delete_reason = 'retention' AND (report_file IS NOT NULL OR log_file IS NOT NULL);
        -- What retention reads of a config's backups stands in these two alone: it reads all of them every ten minutes.
        DROP INDEX ix_db_backup_job_config_started;
        CREATE INDEX ix_db_backup_job_config_started ON db_backup_job (config_id, started_at DESC, id DESC)
            INCLUDE (status, hold_until, retry_at, delete_reason) WHERE NOT deleted;
        -- A config's copies lie side by side in their index; looked up backup by backup they were most of the work.
        ALTER TABLE backup_copy ADD COLUMN config_id varchar(36) CONSTRAINT fk_backup_copy_config REFERENCES backup_config (id) ON DELETE SET NULL;
        COMMENT ON COLUMN backup_copy.config_id IS '备份配置编号（由触发器从备份任务取得）；手动备份或配置删除后为空';
        CREATE FUNCTION set_copy_config() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN SELECT config_id INTO NEW.config_id FROM db_backup_job WHERE id = NEW.job_id; RETURN NEW; END';
        CREATE TRIGGER tr_backup_copy_config BEFORE INSERT ON backup_copy FOR EACH ROW EXECUTE FUNCTION set_copy_config();
        CREATE INDEX ix_backup_copy_config ON backup_copy (config_id, job_id) INCLUDE (store_id, size_bytes, status) WHERE status = 'completed';
        CREATE INDEX ix_backup_config_retention ON backup_config (retention_at);
        DROP TRIGGER tr_backup_config_update_time ON backup_config;
        CREATE TRIGGER tr_backup_config_update_time BEFORE UPDATE ON backup_config
            FOR EACH ROW WHEN (OLD.retention_at IS NOT DISTINCT FROM NEW.retention_at) EXECUTE FUNCTION set_update_time();
        """);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        DROP TRIGGER tr_backup_config_update_time ON backup_config;
        CREATE TRIGGER tr_backup_config_update_time BEFORE UPDATE ON backup_config FOR EACH ROW EXECUTE FUNCTION set_update_time();
        DROP INDEX ix_backup_config_retention;
        DROP TRIGGER tr_backup_copy_config ON backup_copy;
        DROP FUNCTION set_copy_config();
        ALTER TABLE backup_copy DROP COLUMN config_id;
        DROP INDEX ix_db_backup_job_config_started;
        CREATE INDEX ix_db_backup_job_config_started ON db_backup_job (config_id, started_at DESC, id DESC) WHERE NOT deleted;
        DROP INDEX ix_db_backup_job_records;
        UPDATE backup_copy SET status = 'failed' WHERE status = 'deleting';
        ALTER TABLE backup_copy
            DROP CONSTRAINT ck_backup_copy_status,
            ADD CONSTRAINT ck_backup_copy_status CHECK (status IN ('pending', 'syncing', 'completed', 'failed'));
        """);
}
