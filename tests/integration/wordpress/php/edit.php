<?php
/* php edit.php EDITS.json: {"update": {"ID": "new content"}, "delete": [ID]}, as an editor does it now. */
require __DIR__ . '/bootstrap.php';
kses_remove_filters();
$edits = json_decode( file_get_contents( $argv[1] ), true, 8, JSON_THROW_ON_ERROR );
foreach ( $edits['update'] as $id => $content ) {
	wp_update_post( wp_slash( array( 'ID' => (int) $id, 'post_content' => $content ) ) );
}
foreach ( $edits['delete'] as $id ) {
	wp_delete_post( (int) $id, true );
}
