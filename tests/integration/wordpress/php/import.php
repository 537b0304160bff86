<?php
/*
 * php import.php POSTS.json: write posts as an importing aggregator does, HTML unfiltered.
 * Each: name, title, content, published (UTC, "Y-m-d H:i:s"), categories, tags, author, image, comments.
 * Prints JSON: name => {id, url, date}.
 */
require __DIR__ . '/bootstrap.php';
require_once ABSPATH . 'wp-admin/includes/taxonomy.php';

kses_remove_filters();
wp_defer_term_counting( true );
wp_defer_comment_counting( true );
wp_suspend_cache_invalidation( true );
global $wpdb;
$wpdb->query( 'START TRANSACTION' );

$authors    = array();
foreach ( get_users( array( 'role' => 'author' ) ) as $user ) {
	$authors[ $user->display_name ] = $user->ID;
}
$categories = array();
$written    = array();
foreach ( json_decode( file_get_contents( $argv[1] ), true, 16, JSON_THROW_ON_ERROR ) as $post ) {
	$author = $post['author'];
	if ( ! isset( $authors[ $author ] ) ) {
		$number = count( $authors ) + 1;
		$user   = wp_insert_user(
			array(
				'user_login'   => "publisher-$number",
				'user_pass'    => bin2hex( random_bytes( 8 ) ),
				'user_email'   => "publisher-$number@aggregator.test",
				'display_name' => wp_slash( $author ),
				'role'         => 'author',
			)
		);
		if ( is_wp_error( $user ) ) {
			fwrite( STDERR, $author . ': ' . $user->get_error_message() . "\n" );
			exit( 1 );
		}
		$authors[ $author ] = $user;
	}
	$terms = array();
	foreach ( $post['categories'] as $name ) {
		$categories[ $name ] = $categories[ $name ] ?? wp_create_category( $name );
		$terms[]             = (int) $categories[ $name ];
	}
	$id = wp_insert_post(
		wp_slash(
			array(
				'post_type'     => 'post',
				'post_status'   => 'publish',
				'post_title'    => $post['title'],
				'post_content'  => $post['content'],
				'post_author'   => $authors[ $author ],
				'post_date'     => get_date_from_gmt( $post['published'] ),
				'post_date_gmt' => $post['published'],
				'post_category' => $terms,
				'tags_input'    => $post['tags'],
			)
		),
		true
	);
	if ( is_wp_error( $id ) ) {
		fwrite( STDERR, $post['name'] . ': ' . $id->get_error_message() . "\n" );
		exit( 1 );
	}
	if ( $post['image'] ) {
		$picture = wp_insert_attachment(
			array( 'post_title' => $post['name'], 'post_mime_type' => 'image/jpeg', 'post_status' => 'inherit' ),
			$post['image'],
			$id
		);
		wp_update_attachment_metadata( $picture, array( 'width' => 1140, 'height' => 760, 'file' => $post['image'] ) );
		set_post_thumbnail( $id, $picture );
	}
	foreach ( $post['comments'] as $comment ) {
		wp_insert_comment(
			wp_slash( array( 'comment_post_ID' => $id, 'comment_author' => 'A reader', 'comment_content' => $comment, 'comment_approved' => 1 ) )
		);
	}
	$written[ $post['name'] ] = array( 'id' => $id );
}
$wpdb->query( 'COMMIT' );
wp_suspend_cache_invalidation( false );
wp_cache_flush();
wp_defer_term_counting( false );
foreach ( $written as $name => $facts ) {
	$written[ $name ]['url']  = get_permalink( $facts['id'] );
	$written[ $name ]['date'] = get_post( $facts['id'] )->post_date;
}
echo json_encode( $written, JSON_UNESCAPED_SLASHES | JSON_THROW_ON_ERROR );
